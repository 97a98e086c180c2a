/** Values computed with PyTorch in float64, as the `reference.json` beside a model holds them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { MicroBatch } from '../../engine/src/model/sessions.ts';

export interface GradientValues {
  readonly norm: number;
  readonly first8: readonly number[];
  readonly sum: number;
}

export interface Curve {
  readonly loss: readonly number[];
  readonly grad_norm_before_clip: readonly number[];
}

export interface ReferenceValues {
  readonly greedy: { readonly prompt: readonly number[]; readonly ids: readonly number[] };
  readonly batch: { readonly ids: readonly number[][]; readonly sft_labels: readonly number[][] };
  readonly logits: Readonly<Record<'row0_pos0' | 'row0_last' | 'row1_last', readonly number[]>>;
  readonly clm_loss: number;
  readonly sft_loss: number;
  readonly loglikelihood_row0: readonly number[];
  readonly clm_grad: Readonly<Record<string, GradientValues>>;
  readonly sft_grad: Readonly<Record<string, GradientValues>>;
  readonly adamw_full: Curve;
  readonly lora_plain: Curve;
  readonly lora_sft: Curve & {
    readonly parts: readonly (readonly number[])[];
    readonly ids: readonly number[][];
    readonly labels: readonly number[][];
  };
  /** Several documents in each row. */
  readonly packed?: {
    readonly ids: readonly number[][];
    readonly labels: readonly number[][];
    readonly positions: readonly number[][];
    readonly segments: readonly number[][];
    readonly loss: number;
    readonly grad: Readonly<Record<string, GradientValues>>;
  };
}

const root = path.resolve(import.meta.dirname, '../..');

export interface ReferenceModel {
  readonly name: string;
  readonly directory: string;
  /** Why it is not here; undefined where it is. */
  readonly missing: string | undefined;
}

export const referenceModels: readonly ReferenceModel[] = [
  { name: 'tiny-llama', directory: path.join(root, 'test/fixtures/tiny-llama') },
  { name: 'tiny-llama3', directory: path.join(root, 'test/fixtures/tiny-llama3') },
  { name: 'stories260K', directory: path.join(root, '../shared/data/models/stories260K') },
].map((model) => ({
  ...model,
  missing: existsSync(path.join(model.directory, 'reference.json')) ? undefined : `${model.directory} is not here`,
}));

export const readReferenceValues = ({ directory }: ReferenceModel): ReferenceValues =>
  JSON.parse(readFileSync(path.join(directory, 'reference.json'), 'utf8')) as ReferenceValues;

/** Rows of one document each, or as `positions` and `segments` say. */
export function microBatch(
  ids: readonly (readonly number[])[],
  labels: readonly (readonly number[])[] = ids,
  positions: readonly (readonly number[])[] = ids.map((row) => row.map((_, i) => i)),
  segments: readonly (readonly number[])[] = ids.map((row) => row.map(() => 0)),
): MicroBatch {
  const flat = (rows: readonly (readonly number[])[]) => Int32Array.from(rows.flat());
  return {
    batch: ids.length,
    length: ids[0]!.length,
    ids: flat(ids),
    labels: flat(labels),
    positions: flat(positions),
    segments: flat(segments),
  };
}
