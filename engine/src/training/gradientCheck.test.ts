import { describe, expect, it } from 'vitest';
import type { MicroBatch, TensorToLoad, TrainingSession } from '../model/sessions.ts';
import { FirstGradients } from './gradientCheck.ts';

const factor = (layer: number, name: 'A' | 'B'): string =>
  `base_model.model.model.layers.${layer}.self_attn.q_proj.lora_${name}.weight`;
const embedding = 'model.embed_tokens.weight';

/** A session of which only the first moments are asked. */
const sessionWith = (moments: Readonly<Record<string, readonly number[]>>): TrainingSession => {
  const tensors = Object.entries(moments).flatMap(([name, values]): TensorToLoad[] =>
    ['m', 'v'].map((kind) => ({
      name: `${name}.${kind}`,
      shape: [values.length / 2, 2],
      load: () => Promise.resolve(Float32Array.from(values)),
    })),
  );
  return { optimizerState: () => ({ step: 1, tensors }) } as unknown as TrainingSession;
};

/** Two documents in a row: the label of the first is at its third token, the second has none. */
const batch: MicroBatch = {
  ...{ batch: 1, length: 6 },
  ids: Int32Array.of(1, 2, 3, 0, 4, 5),
  labels: Int32Array.of(-100, -100, 3, -100, -100, -100),
  positions: Int32Array.of(0, 1, 2, 0, 1, 2),
  segments: Int32Array.of(0, 0, 0, 1, 1, 1),
};
const table = (...rows: readonly number[]): number[] =>
  Array.from({ length: 6 }, (_, id) => (rows.includes(id) ? [0, 0.5] : [0, 0])).flat();

describe('the check of the first gradients', () => {
  it('is content where all that the batch reaches got one: rows before a label, and no others', async () => {
    const check = new FirstGradients(sessionWith({ [embedding]: table(1, 2), w: [0, 1] }), undefined);
    expect(await check.after(1, [batch], 1e-3)).toEqual({
      done: true,
      notes: [
        `${embedding}: 2 of the 2 rows that the first batch holds got a gradient`,
        '2 tensors got a gradient in step 1',
      ],
    });
  });

  it('names a row and a tensor that got none', async () => {
    const rows = await new FirstGradients(sessionWith({ [embedding]: table(2) }), undefined).after(1, [batch], 1e-3);
    expect(rows.problem?.what).toBe(`row 1 of ${embedding} should train, and got no gradient in step 1`);
    const tensors = sessionWith({ w: [0, 0], x: [0, 0], y: [1, 0] });
    expect((await new FirstGradients(tensors, undefined).after(1, [batch], 1e-3)).problem?.what).toBe(
      'w and 1 more should train, and got no gradient in step 1',
    );
  });

  it('knows that new rows may not be in the first batch', async () => {
    const session = sessionWith({ [`${embedding}.rows`]: [0, 0, 0, 0] });
    const { problem, notes } = await new FirstGradients(session, 4).after(1, [batch], 1e-3);
    expect([problem, notes[0]]).toEqual([
      undefined,
      `${embedding}.rows: 0 of the 0 rows that the first batch holds got a gradient`,
    ]);
  });

  it('waits with first factors until the second ones have taken a step', async () => {
    const moments = { [factor(0, 'A')]: [0, 0], [factor(0, 'B')]: [1, 1] };
    const check = new FirstGradients(sessionWith(moments), undefined);
    expect(await check.after(1, [batch], 0)).toMatchObject({ done: false }); // a warm-up may begin at a rate of zero
    expect(await check.after(2, [batch], 1e-3)).toEqual({ done: false, notes: [] });
    expect((await check.after(3, [batch], 1e-3)).problem?.what).toBe(
      `${factor(0, 'A')} should train, and got no gradient in step 3`,
    );
  });

  it('asks nothing of queries where no token sees two', async () => {
    const one = { ...batch, labels: Int32Array.of(-100, 2, -100, -100, -100, -100) };
    const zero = sessionWith({ [factor(0, 'B')]: [0, 0] });
    expect((await new FirstGradients(zero, undefined).after(1, [one], 1e-3)).problem).toBeUndefined();
    expect((await new FirstGradients(zero, undefined).after(1, [batch], 1e-3)).problem).toBeDefined();
  });
});
