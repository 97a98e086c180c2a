/** Matrices of bfloat16 as they lie in memory, in eights of rows: every kernel that reads them gives the bits of float32. */
import { Buffer as Bytes } from 'node:buffer';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import type { OperationName } from '../../graph/index.ts';
import type { HostArray } from '../backend.ts';
import { throughFormat } from '../formats.ts';
import type { CaseInput } from '../operationCases.ts';
import { runCase } from '../selfCheck.ts';
import { Inputs } from '../testing/describeOperations.ts';
import { loadAddon } from './addon.ts';
import { openNative } from './provider.ts';

const addon = loadAddon();
const sets = addon.ok ? addon.value.processor().kernels.map(({ isa }) => isa) : [];
if (!addon.ok) it.skip(`the backend native (${addon.problem.what})`);

const bytes = ({ buffer, byteOffset, byteLength }: HostArray) => Bytes.from(buffer, byteOffset, byteLength);

it.each(sets)('gives the bits of float32 with weights in bfloat16, which lie in eights of rows (%s)', async (isa) => {
  const opened = unwrap(openNative({ isa, threads: 2, exactly: true }));
  const { floats, below } = new Inputs(11);
  // Rows left over of eight, columns of sixteen, and of each instruction set's width.
  for (const [n, k] of [
    [64, 128],
    [61, 333],
    [5, 40],
    [123, 2076],
    [40, 13],
  ] as const) {
    const whole = floats(n, k);
    const exact = { ...whole, data: throughFormat('bfloat16', whole.data as Float32Array, k) };
    const stored = { ...exact, dtype: 'bfloat16' as const };
    const cases: (readonly [OperationName, (weight: CaseInput) => CaseInput[], unknown])[] = [
      ['embedding', (weight) => [weight, below(n, 1, 9)], {}],
      ['headLogits', (weight) => [floats(3, 2, k), weight, below(2, 3)], {}],
      ['headLogProbabilities', (weight) => [floats(1, 40, k), weight, below(40, 30), below(n, 30, 2)], {}],
      ['matmul', (weight) => [floats(1, 35, n), weight], { transposeA: false, transposeB: false }],
    ];
    for (const m of [1, 2, 3, 4, 7, 32, 33])
      cases.push(['matmul', (weight) => [floats(1, m, k), weight], { transposeA: false, transposeB: true }]);
    for (const precision of opened.precisions)
      for (const [op, of, attributes] of cases) {
        const inputs = of(exact);
        const other = inputs.map((input) => (input === exact ? stored : input));
        const answers = await runCase(opened, { op, title: '', inputs, attributes }, precision);
        const same = await runCase(opened, { op, title: '', inputs: other, attributes }, precision);
        for (const [name, data] of Object.entries(answers)) {
          const what = `${name} of ${op}, ${inputs.map(({ shape }) => shape.join()).join(' and ')}, ${precision}`;
          expect(bytes(data).equals(bytes(same[name]!)), what).toBe(true);
        }
      }
  }
  opened.dispose();
});
