/**
 * A longer proof of 'vocab expand' on a sharded model of two gigabytes: it stays in little memory, keeps every old byte, gives
 * the rows that SentencePiece and PyTorch give, and leaves no half model where it is killed.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Piece, PieceType } from '../../engine/src/tokenizers/index.ts';
import { newBpeModel } from '../../engine/src/tokenizers/sentencePieceWriter.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { parseConfig, parameterShapes } from '../../engine/src/model/files.ts';
import { Workplace, root } from '../cli/bllossom.ts';

const place = new Workplace();
const [hidden, inner, old, added] = [4096, 57_344, 32_000, 7_478];
const config = {
  architectures: ['LlamaForCausalLM'],
  ...{ hidden_size: hidden, intermediate_size: inner, num_hidden_layers: 1, num_attention_heads: 32, vocab_size: old },
  ...{ torch_dtype: 'bfloat16', max_position_embeddings: 4096 },
};
const shards = Array.from({ length: 4 }, (_, i) => `model-0000${i + 1}-of-00004.safetensors`);

/** Pieces of small letters, no two alike: the shortest words come first, so every piece is made by merges. */
function words(count: number, letters: string): string[] {
  const alphabet = Array.from(letters);
  const made = [...alphabet];
  for (let i = 0; made.length < count; i++) made.push(...alphabet.map((letter) => made[i]! + letter));
  return made.slice(0, count);
}

function tokenizers(): { readonly before: Uint8Array; readonly after: Uint8Array } {
  const special: Piece[] = [
    { piece: '<unk>', score: 0, type: PieceType.unknown },
    { piece: '<s>', score: 0, type: PieceType.control },
    { piece: '</s>', score: 0, type: PieceType.control },
  ];
  const normal = (pieces: string[], from: number): Piece[] =>
    pieces.map((piece, i) => ({ piece, score: -from - i, type: PieceType.normal }));
  const base = [...special, ...normal(['▁', ...words(old - 4, 'abcdefghij')], 0)];
  const more = new Set<string>();
  // Two old pieces in one, which is none yet.
  for (let i = 12_000; more.size < added; i++) more.add(`${base[i]!.piece}${base[i + 900]!.piece}`);
  const model = (pieces: Piece[]) => newBpeModel(pieces, { byteFallback: false, characterCoverage: 1 });
  return { before: model(base), after: model([...base, ...normal([...more], 100_000)]) };
}

/** A sharded bfloat16 model; its layer is a hole in the file, its tables hold numbers. */
function writeModel(): void {
  mkdirSync(place.path('model'));
  const { before, after } = tokenizers();
  place.write('model/config.json', JSON.stringify(config));
  for (const [name, bytes] of [
    ['model/tokenizer.model', before],
    ['new.model', after],
  ] as const) {
    const file = openSync(place.path(name), 'w');
    writeSync(file, bytes);
    closeSync(file);
  }
  const shapes = parameterShapes(unwrap(parseConfig(JSON.stringify(config), 'config.json')));
  const map = Object.fromEntries(
    shapes.map(({ name }, i) => [name, shards[Math.floor((i * shards.length) / shapes.length)]!]),
  );
  let total = 0;
  for (const shard of shards) {
    let end = 0;
    const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
    const tables: { readonly at: number; readonly size: number }[] = [];
    for (const { name, shape } of shapes.filter((s) => map[s.name] === shard)) {
      const size = 2 * shape.reduce((a, b) => a * b, 1);
      if (shape[0] === old) tables.push({ at: end, size });
      entries[name] = { dtype: 'BF16', shape, data_offsets: [end, (end += size)] };
    }
    const json = Buffer.from(JSON.stringify(entries));
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(json.length));
    const file = openSync(place.path('model', shard), 'w');
    writeSync(file, Buffer.concat([head, json]));
    ftruncateSync(file, 8 + json.length + end);
    const words16 = new Uint16Array(hidden * 100);
    for (const { at, size } of tables) {
      for (let from = 0; from < size; from += words16.byteLength) {
        // Numbers between 0.0078 and 2, of both signs.
        for (let i = 0; i < words16.length; i++)
          words16[i] = 0x3c00 + (((from >>> 8) + i * 2_654_435) % 0x400) + ((i % 3) << 15);
        writeSync(
          file,
          new Uint8Array(words16.buffer, 0, Math.min(words16.byteLength, size - from)),
          0,
          undefined,
          8 + json.length + at + from,
        );
      }
    }
    closeSync(file);
    total += end;
  }
  place.write(
    'model/model.safetensors.index.json',
    JSON.stringify({ metadata: { total_size: total }, weight_map: map }),
  );
}

const expand = (out: string) => [
  'vocab',
  'expand',
  '--model',
  'model',
  '--tokenizer',
  'new.model',
  '--out',
  out,
  '--json',
];

describe('vocab expand, of a model of two gigabytes', { timeout: 600_000 }, () => {
  beforeAll(() => {
    writeModel();
    place.env['NODE_OPTIONS'] = `--require ${place.write('memory.cjs', memoryAtExit)}`;
    place.env['MEMORY_FILE'] = place.path('memory');
  }, 600_000);

  it('stays in little memory', async () => {
    const { status, stderr, stdout } = await place.run(...expand('out'));
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout) as { bytes: number; shards: number };
    expect(report).toMatchObject({ oldSize: old, newSize: old + added, shards: 4 });
    expect(report.bytes).toBeGreaterThan(1.9e9);
    const peak = Number(readFileSync(place.path('memory'), 'utf8')) / 1024;
    process.stdout.write(
      `peak memory of the process: ${peak.toFixed(0)} MiB for ${(report.bytes / 2 ** 20).toFixed(0)} MiB\n`,
    );
    expect(peak).toBeLessThan(320); // its largest tensor alone is 448 MiB
  });

  it('keeps the old bytes, and gives the rows that SentencePiece and PyTorch give', ({ skip }) => {
    const python = '/usr/bin/python3';
    if (spawnSync(python, ['-c', 'import torch, sentencepiece']).status !== 0)
      skip('PyTorch or SentencePiece is not there');
    const script = path.join(root, 'test/fixtures/check-expansion.py');
    const checked = spawnSync(python, [script, place.path('model'), place.path('out')], { encoding: 'utf8' });
    expect(checked.stderr + checked.stdout).toMatch(/^[\d,]+ rows and [\d,]+ tensors agree\n$/);
  });

  it('leaves no half model where it is killed, and clears the rest away the next time', async () => {
    const temporary = () => readdirSync(place.folder).filter((name) => name.startsWith('.killed.tmp-'));
    let kills = 0;
    for (const after of [300, 900, 1500, 2500]) {
      const { child, ended } = place.start(...expand('killed'));
      const timer = setTimeout(() => child.kill('SIGKILL'), after);
      const { status } = await ended;
      clearTimeout(timer);
      if (status === 0) break;
      kills++;
      expect(existsSync(place.path('killed'))).toBe(false);
      expect(temporary().length).toBeLessThanOrEqual(1);
    }
    expect(kills).toBeGreaterThan(0);
    if (!existsSync(place.path('killed'))) expect((await place.run(...expand('killed'))).status).toBe(0);
    expect(temporary()).toEqual([]);
    expect(readdirSync(place.path('killed')).sort()).toEqual(readdirSync(place.path('out')).sort());
    for (const shard of shards)
      expect(spawnSync('cmp', [place.path('killed', shard), place.path('out', shard)]).status, shard).toBe(0);
  });
});

const memoryAtExit = `process.on('exit', () => require('node:fs').writeFileSync(process.env.MEMORY_FILE, String(process.resourceUsage().maxRSS)));\n`;
