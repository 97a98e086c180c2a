/** Training on text, then asking what came of it: generate, score and the inference host. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedHost, spawnHost } from '../../engine/src/host/spawnHost.ts';
import { Chunk, Generate, Shutdown } from '../../engine/src/protocol.ts';
import { problemOf } from '../../engine/src/protocolClient.ts';
import { Workplace, root, stories, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');

/** A model of our own on a tokenizer of our own: trained from the sample's English, so Korean falls to bytes. */
beforeAll(async () => {
  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8')) as object;
  place.write('config.json', JSON.stringify({ ...config, max_position_embeddings: 128, base_vocab_size: 330 }));
  const english = path.join(sample, 'texts/en.txt');
  const steps = [
    ['vocab', 'train', '--input', english, '--type', 'bpe', '--size', '400', '--out', place.path('en.model')],
    ['model', 'init', '--config', place.path('config.json'), '--tokenizer', place.path('en.model'), '--seed', '1'],
  ];
  steps[1]!.push('--out', place.path('model'));
  for (const args of steps) {
    const { status, stderr } = await place.run(...args);
    expect(status, stderr).toBe(0);
  }
});

describe('a run on text', () => {
  it('mixes languages by token share, measures held-out loss, and leaves a model that answers', async () => {
    const texts = (['ko', 'en'] as const).map((language) => {
      const lines = readFileSync(path.join(sample, `texts/${language}.txt`), 'utf8').split('\n');
      return place.write(`${language}.txt`, lines.slice(0, 60).join('\n'));
    });
    const spec = place.spec('text', {
      model: 'model',
      backend: 'auto',
      sequenceLength: 64,
      steps: 12,
      data: [
        { path: texts[0], weight: 0.5, language: 'ko' },
        { path: texts[1], weight: 0.5, language: 'en' },
      ],
      evaluation: { every: 6, data: [{ path: texts[1], language: 'en' }] },
      optimizer: { learningRate: 1e-2 },
    });
    const { status, stderr } = await place.run('train', spec);
    expect(status, stderr).toBe(0);
    const rows = place.rows('text');
    expect(rows.map((row) => row.tokens)).toEqual(rows.map((_, i) => (i + 1) * 4 * 64));
    // Weights start near zero, so every piece is as likely as another.
    expect(rows[0]!.loss).toBeCloseTo(Math.log(400), 1);
    expect(rows[11]!.loss).toBeLessThan(rows[0]!.loss - 1);
    expect(Object.keys(rows[5]!.lossByLanguage ?? {}).sort()).toEqual(['en', 'ko']);
    expect(Object.keys(rows[5]!.lossByKind ?? {}).sort()).toEqual(['byte', 'new', 'old']);
    expect(stderr).toMatch(/ko\.txt: \d+ tokens, [45]\d\.\d % of what is read \(50\.0 % wanted\), \d+\.\d\d epochs/);
    const { sources } = JSON.parse(readFileSync(place.path('runs/text/run.json'), 'utf8')) as {
      sources: { language: string; share: number; epochs: number }[];
    };
    expect(sources.map((source) => source.language)).toEqual(['ko', 'en']);
    expect(sources[0]!.share + sources[1]!.share).toBeCloseTo(1, 12);
    expect(rows.map((row) => row.evaluationLoss !== undefined)).toEqual(rows.map((_, i) => i === 5 || i === 11));
    // A byte is a token in Korean, and more than one byte is in English: fewer bits than a token's loss.
    expect(rows[0]!.bitsPerByte).toBeLessThan(rows[0]!.loss / Math.LN2);
    expect(existsSync(place.path('runs/text/final/tokenizer.model'))).toBe(true);
    const answer = await place.run(
      'generate',
      '--model',
      'runs/text/final',
      '--prompt',
      'The',
      '--max-tokens',
      '5',
      '--json',
    );
    expect(JSON.parse(answer.stdout)).toMatchObject({
      ids: expect.any(Array) as number[],
      text: expect.any(String) as string,
    });
  });

  it('learns from instructions, and remembers in which words', async () => {
    const spec = await instructionSpec('sft', 512);
    const { status, stderr } = await place.run('train', spec);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/\d+ documents, \d+ tokens/);
    const rows = place.rows('sft');
    expect(rows).toHaveLength(8);
    // The answers alone are learnt: a chance of one in 400 at first, then better.
    expect(rows[0]!.loss).toBeCloseTo(Math.log(400), 1);
    expect(rows[7]!.loss).toBeLessThan(rows[0]!.loss - 0.5);

    const config = JSON.parse(readFileSync(place.path('runs/sft/final/tokenizer_config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      bllossom_template: 'alpaca',
      chat_template: expect.stringContaining('### Instruction:') as string,
    });
    const ask = async (prompt: string, ...more: string[]) => {
      const args = ['--model', 'runs/sft/final', '--prompt', prompt, '--max-tokens', '4', '--json', ...more];
      const { stdout, stderr: why } = await place.run('generate', ...args);
      expect(why).not.toMatch(/error/);
      return JSON.parse(stdout) as { ids: number[]; template?: string };
    };
    const auto = await ask('Name a fruit.', '--template', 'auto');
    expect(auto.template).toBe('alpaca');
    const words =
      'Below is an instruction that describes a task. Write a response that appropriately completes the request.' +
      '\n\n### Instruction:\nName a fruit.\n\n### Response:';
    expect(auto.ids).toEqual((await ask(words)).ids);
  });

  it('refuses instructions that no row has room for', async () => {
    const { status, stderr } = await place.run('train', await instructionSpec('cramped', 32));
    expect(status).toBe(2);
    expect(stderr).toMatch(/nothing to learn.*raise it/);
  });

  /** A spec on the sample's English instructions, for a model with a window of 512. */
  async function instructionSpec(name: string, sequenceLength: number): Promise<string> {
    const config = JSON.parse(readFileSync(place.path('config.json'), 'utf8')) as object;
    const file = place.write('wide.json', JSON.stringify({ ...config, max_position_embeddings: 512 }));
    if (!existsSync(place.path('wide'))) {
      const args = [
        '--config',
        file,
        '--tokenizer',
        place.path('en.model'),
        '--seed',
        '1',
        '--out',
        place.path('wide'),
      ];
      const made = await place.run('model', 'init', ...args);
      expect(made.status, made.stderr).toBe(0);
    }
    return place.spec(name, {
      kind: 'sft',
      model: 'wide',
      backend: 'auto',
      data: [{ path: path.join(sample, 'instructions/instructions.en.json') }],
      sequenceLength,
      packing: false,
      batchSize: 2,
      steps: 8,
      optimizer: { learningRate: 1e-2 },
    });
  }
});

describe('score and generate', () => {
  it('answer rows with their log-likelihoods', async () => {
    const ids = place.write('ids.jsonl', '{"ids":[1,5,7]}\n{"ids":[1,9]}\n');
    const { status, stdout } = await place.run('score', '--model', tinyLlama, '--ids', ids, '--json');
    expect(status).toBe(0);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { loss: number; logLikelihoods: number[] });
    expect(rows.map((row) => row.logLikelihoods.length)).toEqual([2, 1]);
    for (const { loss, logLikelihoods } of rows) {
      expect(loss).toBeCloseTo(-logLikelihoods.reduce((a, b) => a + b, 0) / logLikelihoods.length, 12);
    }
  });

  it('tell bits per byte of texts, as rows of their tokens do; a text longer than the window in stretches', async () => {
    const texts = ['A short line.', '한국어는 바이트로', 'words and more words '.repeat(30).trim()];
    const file = place.write('texts.txt', `${texts.join('\n')}\n\n`);
    const parsed = <T>(stdout: string): T[] =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as T);
    const tokenized = await place.run('tokenize', '--tokenizer', 'model', '--json', file);
    const tokens = parsed<{ ids: number[] }>(tokenized.stdout).map(({ ids }) => ids);
    expect(tokens[2]!.length).toBeGreaterThan(128);
    const rows = tokens.slice(0, 3).flatMap((ids, text) => {
      const found = [];
      for (let from = 0; from < ids.length; from += 128) found.push({ text, ids: [1, ...ids.slice(from, from + 128)] });
      return found;
    });
    const ids = place.write('rows.jsonl', rows.map((row) => JSON.stringify({ ids: row.ids })).join('\n'));
    const byIds = await place.run('score', '--model', 'model', '--ids', ids, '--json');
    const nats = [0, 0, 0];
    parsed<{ logLikelihoods: number[] }>(byIds.stdout).forEach(({ logLikelihoods }, i) => {
      for (const value of logLikelihoods) nats[rows[i]!.text]! -= value;
    });
    const { status, stdout, stderr } = await place.run('score', '--model', 'model', '--text', file, '--json');
    expect(status, stderr).toBe(0);
    const answers = parsed<{ texts?: number; bytes: number; tokens: number; bitsPerByte: number }>(stdout);
    expect(answers.map(({ bytes }) => bytes)).toEqual([13, 25, 629, 667]);
    expect(answers.map((answer) => answer.tokens).slice(0, 3)).toEqual(tokens.slice(0, 3).map((row) => row.length));
    nats.forEach((sum, i) =>
      expect(answers[i]!.bitsPerByte).toBeCloseTo(sum / Math.LN2 / Buffer.byteLength(texts[i]!), 6),
    );
    expect(answers[3]!.texts).toBe(3);
    expect(answers[3]!.bitsPerByte).toBeCloseTo((nats[0]! + nats[1]! + nats[2]!) / Math.LN2 / 667, 6);
    const told = await place.run('score', '--model', 'model', '--text', file);
    expect(told.stdout).toMatch(/^\d+\.\d{4} bits per byte over 3 texts of 667 bytes; loss \d/);
  });

  it('continue several prompts, each as if alone', async () => {
    const rows = [{ ids: [1, 5] }, { ids: [1, 9, 30, 4] }, { ids: [1, 5] }].map((row) => JSON.stringify(row));
    const file = place.write('prompts.jsonl', `${rows.join('\n')}\n`);
    for (const more of [
      [],
      ['--temperature', '0.9', '--top-k', '20', '--top-p', '0.9', '--repetition-penalty', '1.2'],
    ]) {
      const args = ['generate', '--model', tinyLlama, '--max-tokens', '8', '--json', ...more];
      const { status, stdout, stderr } = await place.run(...args, '--prompts', file);
      expect(status, stderr).toBe(0);
      const alone = await Promise.all(['[1,5]', '[1,9,30,4]'].map((ids) => place.run(...args, '--ids', ids)));
      expect(stdout).toBe(alone[0]!.stdout + alone[1]!.stdout + alone[0]!.stdout);
    }
    const bad = await place.run(
      'generate',
      '--model',
      tinyLlama,
      '--prompts',
      place.write('bad.jsonl', '{"ids":[1]}\n{}'),
    );
    expect([bad.status, bad.stderr]).toEqual([
      2,
      expect.stringMatching(/bad\.jsonl, line 2: there is neither/) as string,
    ]);
  });

  it('answer with ids alone where a model has no tokenizer', async () => {
    const args = ['generate', '--model', tinyLlama, '--ids', '[1,5]', '--max-tokens', '4', '--json'];
    const { stdout } = await place.run(...args);
    const answer = JSON.parse(stdout) as { ids: number[]; text: string; promptTokens: number };
    expect(answer).toMatchObject({ text: '', promptTokens: 2 });
    expect(answer.ids.slice(0, 2)).toEqual([1, 5]);
    expect((await place.run(...args)).stdout).toBe(stdout);
  });

  it.each([
    [['generate', '--model', 'none', '--prompt', 'a'], /none/],
    [['generate', '--model', tinyLlama, '--prompt', 'a'], /no tokenizer\.model/],
    [['generate', '--model', tinyLlama], /one of --prompt, --prompts and --ids/],
    [
      ['generate', '--model', tinyLlama, '--ids', '[1]', '--template', 'vicuna'],
      /no template "vicuna".*alpaca, koalpaca/,
    ],
    [['generate', '--model', tinyLlama, '--prompts', 'none'], /none: there is no such file/],
    [['generate', '--model', tinyLlama, '--ids', '[1]', '--repetition-penalty', '0'], /--repetition-penalty/],
    [['generate', '--model', tinyLlama, '--ids', '[1,200]'], /id 200 is outside .* 96/],
    [['generate', '--model', tinyLlama, '--ids', '[1]', '--max-tokens', 'x'], /--max-tokens/],
    [['generate', '--model', tinyLlama, '--ids', '[1]', '--adapter', 'a'], /a: there is no adapter_config\.json in it/],
    [['generate', '--model', tinyLlama, '--ids', '[1]', '--precision', 'float16'], /no precision "float16"/],
    [
      ['generate', '--model', tinyLlama, '--ids', '[1]', '--precision', 'bfloat16', '--backend', 'tfjs'],
      /tfjs does not compute in bfloat16/,
    ],
    [['score', '--model', tinyLlama, '--ids', 'none'], /none: there is no such file/],
    [['score', '--model', tinyLlama], /--ids is missing/],
    [['score', '--model', tinyLlama, '--ids', 'a', '--text', 'b'], /both --ids and --text/],
    [['score', '--model', tinyLlama, '--text', 'none.txt'], /no tokenizer\.model/],
  ])('refuse %j', async (args, message) => {
    const { status, stdout, stderr } = await place.run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it.skipIf(!existsSync(stories))('with ../shared: continue as PyTorch does', async () => {
    const reference = JSON.parse(readFileSync(path.join(stories, 'reference.json'), 'utf8')) as {
      greedy: { prompt: number[]; ids: number[] };
      batch: { ids: number[][] };
      loglikelihood_row0: number[];
    };
    const { prompt, ids } = reference.greedy;
    const most = String(ids.length - prompt.length);
    const prompted = ['--ids', JSON.stringify(prompt), '--max-tokens', most, '--json'];
    const answer = await place.run('generate', '--model', stories, ...prompted);
    expect((JSON.parse(answer.stdout) as { ids: number[] }).ids).toEqual(ids);
    const row = place.write('row.jsonl', JSON.stringify({ ids: reference.batch.ids[0] }));
    const scored = await place.run('score', '--model', stories, '--ids', row, '--json');
    const { logLikelihoods } = JSON.parse(scored.stdout) as { logLikelihoods: number[] };
    expect(logLikelihoods).toHaveLength(reference.loglikelihood_row0.length);
    logLikelihoods.forEach((value, i) => {
      const wanted = reference.loglikelihood_row0[i]!;
      expect(Math.abs(value - wanted)).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
    });
  });
});

describe('the inference host', () => {
  let host: SpawnedHost;
  const chunks = new Map<string, string>();
  beforeAll(async () => {
    const started = await spawnHost({
      node: process.execPath,
      enginePath: place.bundle,
      env: place.env,
      client: 'a test',
      prepare: (connection) =>
        connection.onNotification(
          Chunk.type,
          ({ requestId, text }) => void chunks.set(requestId, (chunks.get(requestId) ?? '') + text),
        ),
    });
    if (!started.ok) throw new Error(started.problem.what);
    host = started.value;
  });
  afterAll(() => host.kill());

  const ask = (requestId: string, more: Partial<Generate.Params> = {}, source = new CancellationTokenSource()) =>
    host.connection.sendRequest(
      Generate.type,
      { requestId, model: place.path('model'), prompt: 'The sun', maxTokens: 12, ...more },
      source.token,
    );

  it('streams what it answers with, one request after the other', async () => {
    const [a, b] = await Promise.all([ask('a'), ask('b', { temperature: 1, seed: 3 })]);
    expect([chunks.get('a') ?? '', chunks.get('b') ?? '']).toEqual([a.text, b.text]);
    expect(a).toMatchObject({ newTokens: 12, reason: 'length', promptTokens: expect.any(Number) as number });
    const printed = await place.run(
      'generate',
      '--model',
      'model',
      '--prompt',
      'The sun',
      '--max-tokens',
      '12',
      '--json',
    );
    expect(JSON.parse(printed.stdout)).toMatchObject({ text: a.text });
  });

  it('stops when the request is cancelled, with the text so far', async () => {
    const source = new CancellationTokenSource();
    const answer = ask('c', { maxTokens: 120, temperature: 1 }, source);
    await expect.poll(() => chunks.get('c'), { interval: 1 }).toBeTruthy();
    source.cancel();
    const { reason, text } = await answer;
    if (reason === 'cancelled') expect(text).toBe(chunks.get('c'));
    else expect(['stop', 'context', 'length']).toContain(reason); // it was faster
  });

  it('answers with a problem where there is no model', async () => {
    const problem = await ask('d', { model: place.path('none') }).then(() => undefined, problemOf);
    expect(problem?.where?.file).toContain('none');
    expect((await ask('e')).newTokens).toBe(12);
  });

  it('ends when told to, and its process tells how it ended', async () => {
    await host.connection.sendRequest(Shutdown.type, {});
    expect(await host.ended).toBe('exit status 0');
  });

  it('ends by itself when left alone', async () => {
    const { ended } = place.start('host', '--socket', place.path('idle.sock'), '--idle', '0.2');
    expect((await ended).status).toBe(0);
  });
});
