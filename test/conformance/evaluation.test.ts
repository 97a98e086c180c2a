/**
 * The eight tasks against lm-evaluation-harness's own rule: every candidate's log-likelihood, every prediction and every
 * figure over the first 30 rows of each dev set, as PyTorch computed them with stories260K. Skipped where the data is absent.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, BackendProvider } from '../../engine/src/backends/backend.ts';
import { nativeBackend } from '../../engine/src/backends/native/provider.ts';
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { evaluateTasks } from '../../engine/src/evaluation/evaluate.ts';
import { tasks } from '../../engine/src/evaluation/tasks.ts';
import { readModelDirectory } from '../../engine/src/model/files.ts';
import { openInferenceSession } from '../../engine/src/model/index.ts';
import type { InferenceSession } from '../../engine/src/model/sessions.ts';
import { readTokenizerFile } from '../../engine/src/tokenizers/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');
const referenceFile = path.join(data, 'eval/reference-stories260K.json');
const model = path.join(data, 'models/stories260K');
const present = existsSync(referenceFile) && existsSync(model);

interface Reference {
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly n: number;
        readonly metrics: Readonly<Record<string, number>>;
        readonly rows: readonly {
          readonly gold: number;
          readonly prediction: number;
          readonly logLikelihoods: readonly number[];
          readonly contextEnd: string;
        }[];
      }
    >
  >;
}

interface Sample {
  readonly target: number;
  readonly prediction: number;
  readonly arguments: readonly (readonly [context: string, candidate: string])[];
  readonly resps: readonly (readonly [number])[];
}

const providers: readonly BackendProvider[] = [tfjsBackend, nativeBackend];
for (const provider of providers) {
  const opened = present ? await provider.open({}) : undefined;
  describe.skipIf(opened?.ok !== true)(`the tasks with stories260K on ${provider.name} (needs ../shared/data)`, () => {
    let backend: Backend;
    let session: InferenceSession;
    let tokenizer: Tokenizer;
    let reference: Reference;
    const out = mkdtempSync(path.join(tmpdir(), 'evaluation-'));

    beforeAll(async () => {
      reference = JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference;
      tokenizer = unwrap(await readTokenizerFile(model));
      const loaded = unwrap(await readModelDirectory(model));
      backend = unwrap(opened!);
      session = unwrap(await openInferenceSession(loaded, backend, { precision: 'float32' }));
    });
    afterAll(() => {
      session.dispose();
      backend.dispose();
      rmSync(out, { recursive: true });
    });

    it('are the tasks of the reference', () => {
      expect(tasks.map((task) => task.name).sort()).toEqual(Object.keys(reference.tasks).sort());
    });

    for (const { name } of tasks) {
      it(`${name}: log-likelihoods, predictions and figures`, { timeout: 600_000 }, async () => {
        const expected = reference.tasks[name]!;
        const options = { model, tasks: [name], data: path.join(data, 'eval'), split: 'dev', limit: expected.n };
        const answer = unwrap(await evaluateTasks({ ...options, out: path.join(out, name) }, session, tokenizer, {}));
        const samples = readFileSync(path.join(out, name, `samples-${name}.jsonl`), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Sample);
        expect(samples).toHaveLength(expected.rows.length);
        for (const [i, row] of expected.rows.entries()) {
          const sample = samples[i]!;
          expect(sample.arguments[0]![0].endsWith(row.contextEnd), `row ${i}`).toBe(true);
          expect([sample.target, sample.prediction], `row ${i}`).toEqual([row.gold, row.prediction]);
          for (const [c, value] of row.logLikelihoods.entries()) {
            const difference = Math.abs(sample.resps[c]![0] - value) / Math.abs(value);
            expect(difference, `row ${i}, candidate ${c}`).toBeLessThan(1e-4);
          }
        }
        const { n, ...figures } = answer.results[name]!;
        expect(n).toBe(expected.n);
        expect(Object.keys(figures).sort()).toEqual(Object.keys(expected.metrics).sort());
        for (const [metric, value] of Object.entries(expected.metrics))
          expect(figures[metric], metric).toBeCloseTo(value, 10);
      });
    }
  });
}
