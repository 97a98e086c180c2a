// Steps that say what they do and how long they took, and commands whose output is shown only when they fail.
import { spawn } from 'node:child_process';

/** A failure that people are to read: what went wrong, where, and how to mend it. It is printed without a stack. */
export class StepError extends Error {
  /**
   * @param {string} what
   * @param {string} remedy
   */
  constructor(what, remedy) {
    super(`${what}\n  How to mend it: ${remedy}`);
  }
}

/**
 * Runs one step, with a line before and its time after.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = performance.now();
  process.stdout.write(`· ${title}\n`);
  const value = await work();
  process.stdout.write(`  done in ${seconds(performance.now() - start)}\n`);
  return value;
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Runs a command to its end. Its output is kept, and shown where it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, remedy?: string, allowFailure?: boolean }} [options]
 *   show: pass the output through as it comes
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      stdout += text;
      if (options.show === true) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      stderr += text;
      if (options.show === true) process.stderr.write(text);
    });
    const line = [command, ...args].join(' ');
    child.on('error', (error) =>
      reject(
        new StepError(`'${line}' could not be started: ${error.message}`, options.remedy ?? `install '${command}'`),
      ),
    );
    child.on('close', (code, signal) => {
      const status = code ?? 128;
      if (status === 0 || options.allowFailure === true) return resolve({ status, stdout, stderr });
      const tail = options.show === true ? '' : `\n${(stderr + stdout).trim().split('\n').slice(-25).join('\n')}`;
      const how = signal === null ? `with status ${status}` : `by ${signal}`;
      const remedy = options.remedy ?? 'read the lines above; then run the same command again';
      reject(new StepError(`'${line}' ended ${how} in ${options.cwd ?? process.cwd()}${tail}`, remedy));
    });
  });
}

/**
 * The frame of every script: a StepError is told in its own words, anything else with its stack; both end with status 1.
 * @param {() => Promise<void>} script
 */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    const text = error instanceof StepError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`\n✗ ${text}\n`);
    process.exitCode = 1;
  }
}

/** True where this module was started by `node FILE`, not imported. @param {ImportMeta} meta */
export function isMain(meta) {
  return process.argv[1] === meta.filename;
}
