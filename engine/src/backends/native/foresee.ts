/**
 * What the native backend takes of memory, foreseen: its program's own plan says where values lie; the kernels' scratch is reckoned here
 * as they reckon it (engine/native/src), with the widest of their vectors and unrounded words, so a little above it.
 */
import { availableParallelism } from 'node:os';
import { byteCount, storedTypes } from '../../graph/index.ts';
import type { Graph, Sizes } from '../../graph/index.ts';
import type { BackendMemory, BackendOptions } from '../backend.ts';
import { foreseeProgram } from './buildProgram.ts';
import { alignment } from './memoryPlan.ts';

/** Code of the addon that is touched, and stacks. */
const base = 3e6;

export function nativeMemory({ threads }: BackendOptions): BackendMemory {
  const cores = availableParallelism();
  const count = Math.min(threads ?? cores, cores);
  return {
    base,
    roundsLengths: false,
    buffer: byteCount,
    storedTypes,
    run: (graph, sizes) => foreseeRun(graph, sizes, count),
  };
}

/** Arena and scratch of a program, in bytes. */
export function foreseeRun(graph: Graph, sizes: Sizes, threads: number): number {
  const { arenaBytes, instructions } = foreseeProgram(graph, sizes);
  return instructions.reduce(
    (most, { op, numbers }) => Math.max(most, arenaBytes + up(scratch[op]?.(numbers, threads) ?? 0, alignment)),
    arenaBytes,
  );
}

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

// The kernels' own constants.
const [panel, depth, leastDepth, blockRows, fewRows] = [64, 512, 384, 96, 32];
const [headGroups, headRows, headGradientRows, headColumns] = [16, 64, 256, 240];
const [queryBlock, keyBlock, treeBlock] = [64, 256, 64];
const plainPiece = 16384;

/** Bytes by operation and by its numbers, which `emitters.ts` gives. */
const scratch: Readonly<Record<string, (numbers: readonly number[], threads: number) => number>> = {
  matmul: ([m, n, k, transposeA, transposeB, add, format], threads) =>
    m! <= fewRows && transposeB === 1 && transposeA === 0
      ? 4 * m! * k!
      : productBytes(m!, n!, k!) + sumBytes(n!, k!, add === 1, threads) + widenedBytes(format!, k!, threads),
  headLogits: ([batch, , width, vocabulary, format], threads) =>
    8 * batch! * width! + productBytes(batch!, vocabulary!, width!) + widenedBytes(format!, width!, threads),
  headCrossEntropy: ([tokens, width, vocabulary, classes, , gradients, format], threads) =>
    headBytes(tokens!, width!, vocabulary!, gradients === 1, threads) +
    widenedBytes(format!, Math.max(width!, headColumns), threads) +
    8 * classes!,
  headLogProbabilities: ([places, width, vocabulary, format, each], threads) =>
    headBytes(places!, width!, vocabulary!, false, threads) +
    4 * (each! - 1) * (places! + Math.min(places!, 512)) +
    widenedBytes(format!, Math.max(width!, headColumns), threads),
  treeAttention: ([batch, sequence, , , headDim], threads) =>
    4 * batch! * Math.ceil(sequence! / treeBlock) + threads * treeBytes(sequence!, headDim!),
  attention: ([batch, sequence, , , headDim], threads) =>
    4 * batch! * (sequence! + 1) + threads * attentionBytes(sequence!, headDim!, 2),
  attentionGrad: ([batch, sequence, , , headDim], threads) =>
    4 * batch! * (sequence! + 1) + threads * attentionBytes(sequence!, headDim!, 3),
  rmsNormGrad: ([rows, columns]) => 4 * Math.ceil(rows! / Math.max(32, Math.ceil(rows! / 64))) * columns!,
  sumOfSquares: (counts) => 8 * Math.ceil(Math.max(...counts) / plainPiece),
};

/** Of a product over k of m rows with n columns: both sides packed, at most 16 MB of each at a time. */
function productBytes(m: number, n: number, k: number): number {
  const columns = Math.min(up(n, panel), Math.max(panel, (4 << 20) / k));
  const rows = Math.min(up(m, 16), Math.max(blockRows, (4 << 20) / k));
  return Math.ceil(4 * (columns + rows + 16) * up(k, 32));
}

/** Of a product that is made apart, piece by piece, before it is added: each thread's piece. */
function sumBytes(n: number, k: number, add: boolean, threads: number): number {
  if (!add || k <= leastDepth) return 0;
  const columns = Math.max(panel, Math.floor((448 << 10) / (4 * leastDepth) / panel) * panel);
  return 4 * threads * blockRows * Math.min(up(n, panel), columns);
}

/** Each thread's panel of stored weights, widened. */
const widenedBytes = (format: number, k: number, threads: number): number =>
  format === 0 ? 0 : 4 * threads * panel * Math.min(k, depth);

function headBytes(tokens: number, width: number, vocabulary: number, gradients: boolean, threads: number): number {
  const group = up(Math.ceil(vocabulary / headGroups), panel);
  const block = Math.min(group, up(headColumns, panel));
  const blocks = headGroups * Math.ceil(group / block);
  const fitting = Math.max(headRows, Math.floor((16 << 20) / vocabulary / headRows) * headRows);
  const chunk = Math.min(tokens, gradients ? fitting : 512);
  const gathered = tokens * (8 + 4 * width + 8);
  const sums = chunk * (8 * blocks + 8);
  const thread = 4 * (block * width + blockRows * Math.max(depth, headGradientRows) + headGradientRows * block);
  const ofGradients = gradients
    ? 4 * (chunk * vocabulary + up(chunk, headGradientRows) * width + headGroups * chunk * width)
    : 0;
  return gathered + sums + threads * thread + ofGradients;
}

/** Each thread's packed keys and values, blocks of scores, and sides of products. */
function attentionBytes(sequence: number, headDim: number, packs: number): number {
  const keys = up(sequence, keyBlock) * up(headDim, 16);
  const blocks = 2 * headDim * queryBlock + 2 * queryBlock * (keyBlock + 16);
  return 4 * (packs * keys + blocks + blockRows * Math.max(headDim, keyBlock));
}

/** The same where positions see trees. */
function treeBytes(sequence: number, headDim: number): number {
  const keys = up(sequence, treeBlock) * up(headDim, 16);
  const scores = queryBlock * (up(sequence, treeBlock) + 16);
  return 4 * (2 * keys + scores + blockRows * Math.max(headDim, treeBlock) + Math.ceil(sequence / treeBlock)) + 320;
}
