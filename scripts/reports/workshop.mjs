// A folder in which a report's commands run: each result is made once, so a script that was stopped goes on where it was. What
// was run, and how long it took, is kept in commands.jsonl, with paths as seen from the folder.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');

/** @typedef {{ line: string, seconds: number }} Command */
/**
 * Of run.json, what reports tell.
 * @typedef {{ path: string, language?: string, tokens: number, share: number, epochs: number }} Source
 * @typedef {{ sources: Source[], trains: { trained: number, all: number } }} RunRecord
 */

export class Workshop {
  /**
   * @param {{ folder: string, data: string, threads: string, bundle: string }} options
   */
  constructor({ folder, data, threads, bundle }) {
    this.folder = path.resolve(folder);
    this.data = path.resolve(data);
    this.threads = threads;
    this.bundle = path.resolve(bundle);
    mkdirSync(this.folder, { recursive: true });
  }

  /** From the command line: `--folder DIR --data DIR [--threads N] [--bundle FILE]`. */
  static fromArguments() {
    const { values } = parseArgs({
      options: {
        folder: { type: 'string' },
        data: { type: 'string', default: path.resolve(root, '../shared/data') },
        threads: { type: 'string', default: '1' },
        bundle: { type: 'string', default: path.join(root, 'engine/bin/bllossom.mjs') },
      },
    });
    if (values.folder === undefined) throw new Error('--folder DIR: where models, runs and figures go');
    return new Workshop({ ...values, folder: values.folder });
  }

  /** @param {string[]} names */
  at(...names) {
    return path.join(this.folder, ...names);
  }

  /** @param {string} name */
  has(name) {
    return existsSync(this.at(name));
  }

  /**
   * Runs a command of bllossom in the folder and answers its output. `kept`: it belongs to the path that is reported.
   * @param {readonly string[]} args
   */
  bllossom(args, kept = true) {
    const start = performance.now();
    const done = spawnSync(process.execPath, [this.bundle, ...args], {
      encoding: 'utf8',
      cwd: this.folder,
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', kept ? 'inherit' : 'pipe'],
    });
    const line = `bllossom ${args.map((a) => (/^[\w./:=,-]+$/.test(a) ? a : `'${a}'`)).join(' ')}`;
    if (done.status !== 0) throw new Error(`${line}: status ${done.status}\n${done.stderr ?? ''}`);
    const seconds = (performance.now() - start) / 1000;
    if (kept) appendFileSync(this.at('commands.jsonl'), `${JSON.stringify({ line, seconds })}\n`);
    return done.stdout;
  }

  /**
   * Does the work whose result, a file or directory of the folder, is not there yet.
   * @param {string} name
   * @param {() => unknown} work
   */
  once(name, work) {
    if (!this.has(name)) work();
    return name;
  }

  /**
   * A command that makes `name`, given to it as `--out`.
   * @param {string} name
   * @param {readonly string[]} args
   */
  make(name, args) {
    return this.once(name, () => {
      const told = this.bllossom([...args, '--out', name, '--json']);
      mkdirSync(this.at('told'), { recursive: true });
      writeFileSync(this.at('told', `${name.replaceAll('/', '-')}.json`), told);
    });
  }

  /** What `make` was told. @param {string} name */
  told(name) {
    return JSON.parse(readFileSync(this.at('told', `${name.replaceAll('/', '-')}.json`), 'utf8'));
  }

  /**
   * Trains as the fields say, into the directory `name`; goes on where it was stopped. Answers the trained model.
   * @param {string} name
   * @param {object} fields
   */
  train(name, fields) {
    const spec = `${name}.run.json`;
    const final = path.join(name, 'final');
    const text = `${JSON.stringify({ output: name, ...fields }, undefined, 2)}\n`;
    if (this.has(spec) && readFileSync(this.at(spec), 'utf8') !== text)
      throw new Error(`${this.at(spec)} was made by another version of this script: take a fresh --folder`);
    writeFileSync(this.at(spec), text);
    return this.once(final, () =>
      this.bllossom(['train', spec, ...(this.has(name) ? ['--resume'] : []), '--threads', this.threads, '--json']),
    );
  }

  /** The metrics of a run, a row a step. @param {string} name */
  metrics(name) {
    return readFileSync(this.at(name, 'metrics.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** What a run read and trained. @param {string} name @returns {RunRecord} */
  record(name) {
    return JSON.parse(readFileSync(this.at(name, 'run.json'), 'utf8'));
  }

  /** Tokens that a run found in a data file. @param {string} name @param {string} file @returns {number} */
  tokensOf(name, file) {
    const source = this.record(name).sources.find((s) => s.path === this.at(file));
    if (source === undefined) throw new Error(`${name} read no ${file}`);
    return source.tokens;
  }

  /**
   * For a run that shall read as many bytes of each file as `like` reads, under the vocabulary of `under`, another run: its
   * shares of tokens, and how many times as many tokens it needs.
   * @template {{ path: string, weight: number }} D
   * @param {readonly D[]} data
   * @param {{ like: string, under: string }} runs
   */
  equalBytes(data, { like, under }) {
    const grown = data.map((file) => ({
      ...file,
      weight: (file.weight * this.tokensOf(under, file.path)) / this.tokensOf(like, file.path),
    }));
    const times = grown.reduce((sum, file) => sum + file.weight, 0);
    return { times, data: grown.map((file) => ({ ...file, weight: Number((file.weight / times).toFixed(4)) })) };
  }

  /** The commands so far, in order. @returns {Command[]} */
  commands() {
    if (!this.has('commands.jsonl')) return [];
    return readFileSync(this.at('commands.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }
}
