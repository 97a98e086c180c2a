/**
 * What a run will take of memory, part by part, beside what there is: foreseen from spec and config, with no weight read and nothing
 * allocated, so that a run which cannot fit is refused before it starts. Bytes; people are shown GB of 2^30, as memory is sold.
 */
import path from 'node:path';
import { statSync } from 'node:fs';
import type { BackendMemory } from '../backends/index.ts';
import type { MachineMemory } from '../base/machineMemory.ts';
import { type Problem, type Result, ok } from '../base/problem.ts';
import { type LlamaConfig, foreseeTraining, loraTargets } from '../model/index.ts';
import type { RunSpec } from '../runs/spec.ts';
import type { Adapter } from '../model/files.ts';
import { optionsOf, tablesOf } from './options.ts';

export const memoryParts = ['weights', 'gradients', 'optimizer', 'activations', 'data', 'files', 'process'] as const;

export interface MemoryPart {
  /**
   * `activations`: with what the operations need besides. `data`: tokens held. `files`: the largest tensor on its way from or to a
   * file. `process`: program, tokenizer and what the backend takes for itself.
   */
  readonly name: (typeof memoryParts)[number];
  readonly bytes: number;
  /** Which of the memories it lies in. */
  readonly memory: string;
}

export interface MemoryNeed {
  /** `RAM`, or the device's name. */
  readonly name: string;
  readonly needed: number;
  readonly total: number;
  /** At the time of the estimate, before the run. */
  readonly free: number;
}

export interface MemoryEstimate {
  readonly backend: string;
  readonly parts: readonly MemoryPart[];
  /** The one that is fullest first. */
  readonly memories: readonly MemoryNeed[];
}

/** What is known of a run beside its spec; as a spec alone lets it be guessed, or as the data has shown it. */
export interface KnownOfRun {
  /** Tokens of the longest row that a step reads. */
  readonly longest: number;
  /** The same of held-out rows; absent where there are none. */
  readonly longestHeldOut?: number;
  readonly dataBytes: number;
  /** Of the process before it holds data and model. */
  readonly processBytes: number;
  /** Weights that stay in float32 whatever the others are kept in. */
  readonly exact?: readonly string[];
}

export const ram = 'RAM';

/** A process of this engine before it holds data and model, with no tokenizer: measured with Node 20 and 24. */
const emptyProcess = 92e6;
/** What grows until the first step: plans, code made fast. */
const growth = 2e6;

/** From the spec and the sizes of its files. Their tokens are not counted yet: three bytes each is usual, twelve are held of each. */
export function guessFromSpec(spec: RunSpec): KnownOfRun {
  const files = [...spec.data, ...(spec.evaluation?.data ?? [])];
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const bytes = files.reduce((sum, file) => sum + size(file.path) * (path.extname(file.path) === '.gz' ? 4 : 1), 0);
  const heldOut = (spec.evaluation?.data ?? []).length === 0 ? {} : { longestHeldOut: spec.sequenceLength };
  return { longest: spec.sequenceLength, ...heldOut, dataBytes: 4 * bytes, processBytes: emptyProcess };
}

/** From this process as it is before the model: `dataBytes` of what it holds are data. */
export function seenInProcess({ longest, longestHeldOut, dataBytes, adapter }: SeenOfRun): KnownOfRun {
  const { rss, arrayBuffers } = process.memoryUsage();
  const heldOut = longestHeldOut === undefined ? {} : { longestHeldOut };
  return { longest, ...heldOut, dataBytes, processBytes: rss - arrayBuffers + growth, exact: tablesOf(adapter) };
}

export interface SeenOfRun extends Pick<KnownOfRun, 'longest' | 'longestHeldOut' | 'dataBytes'> {
  readonly adapter?: Pick<Adapter, 'tables'>;
}

/** A Problem where the spec's `trainable` does not fit the model, or its `baseQuantization` the backend. */
export function foreseeRun(
  spec: RunSpec,
  config: LlamaConfig,
  known: KnownOfRun,
  { name: backend, memory }: { readonly name: string; readonly memory: BackendMemory },
  machine: MachineMemory,
): Result<MemoryEstimate> {
  const prompts = spec.evaluation?.prompts !== undefined;
  const session = foreseeTraining(
    config,
    { ...optionsOf(spec), ...(known.exact === undefined ? {} : { exact: known.exact }) },
    {
      batch: spec.batchSize,
      sequence: known.longest,
      microBatches: spec.gradientAccumulation,
      ...(known.longestHeldOut === undefined ? {} : { heldOut: known.longestHeldOut }),
      scores: spec.evaluation?.tasks !== undefined,
      cachedTokens: prompts ? Math.min(config.contextLength, 512 + (spec.evaluation.maxTokens ?? 0)) : 0,
    },
    memory,
    backend,
  );
  if (!session.ok) return session;
  const { device } = memory;
  const where = device?.name ?? ram;
  const { room, ...onDevice } = session.value;
  const parts: MemoryPart[] = [
    ...(['weights', 'gradients', 'optimizer', 'activations'] as const).map((name) => ({
      name,
      bytes: onDevice[name],
      memory: where,
    })),
    { name: 'data', bytes: known.dataBytes, memory: ram },
    { name: 'files', bytes: room, memory: ram },
    { name: 'process', bytes: known.processBytes + memory.base, memory: ram },
  ];
  if (device?.isOwn === true) parts.push({ name: 'process', bytes: memory.deviceBase ?? 0, memory: where });
  const needed = (inMemory: string): number =>
    parts.reduce((sum, part) => sum + (part.memory === inMemory ? part.bytes : 0), 0);
  const inDevice = device === undefined ? 0 : needed(device.name);
  const memories: MemoryNeed[] = [
    { name: ram, needed: needed(ram) + (device?.isOwn === false ? inDevice : 0), ...machine },
  ];
  if (device !== undefined)
    memories.push({ name: device.name, needed: inDevice, total: device.total, free: device.free });
  memories.sort((a, b) => fullness(b) - fullness(a));
  return ok({ backend, parts, memories });
}

export const fullness = ({ needed, total }: MemoryNeed): number => needed / total;

/** From here on a run may still fail for want of memory, or slow the machine down. */
export const tight = 0.9;

/** `18.2 GB`, `512 MB`: of 2^30 and 2^20. */
export function memorySize(bytes: number): string {
  const size = bytes / 2 ** 30;
  if (size < 1) return `${Math.ceil(bytes / 2 ** 20)} MB`;
  return `${size < 100 ? size.toPrecision(3) : String(Math.round(size))} GB`;
}

/** `18.2 GB of 24 GB`, with the memory's name where it is not the machine's. */
export const memoryWords = ({ name, needed, total }: MemoryNeed): string =>
  `${memorySize(needed)} of ${memorySize(total)}${name === ram ? '' : ` (${name})`}`;

/** For the log. */
export function memoryLines({ parts, memories }: MemoryEstimate): string[] {
  const lines = memories.map((memory) => {
    const inIt = parts.filter((part) => part.memory === memory.name);
    const listed = inIt.map(({ name, bytes }) => `${name} ${memorySize(bytes)}`).join(', ');
    const warning = fullness(memory) >= tight ? '; little is left for anything else' : '';
    return `memory: about ${memoryWords(memory)}: ${listed}${warning}`;
  });
  return lines;
}

/** Why the run cannot fit whatever else runs, and what would make it fit; undefined where it can. */
export function tooLarge(
  spec: RunSpec,
  estimate: MemoryEstimate,
  foresee: (spec: RunSpec) => Result<MemoryEstimate>,
): Problem | undefined {
  const memory = estimate.memories.find((one) => fullness(one) > 1);
  if (memory === undefined) return undefined;
  return {
    what: `the run needs about ${memorySize(memory.needed)} of memory, and ${holder(memory)} has ${memorySize(memory.total)}`,
    remedy: remedies(spec, foresee),
  };
}

/**
 * Why the run does not fit beside what else runs now; `held`: what of the machine's memory this process has already. Undefined where
 * it does.
 */
export function tooFull(
  spec: RunSpec,
  estimate: MemoryEstimate,
  held: number,
  foresee: (spec: RunSpec) => Result<MemoryEstimate>,
): Problem | undefined {
  const memory = estimate.memories.find((one) => one.needed - (one.name === ram ? held : 0) > one.free);
  if (memory === undefined) return undefined;
  return {
    what: `the run needs about ${memorySize(memory.needed)} of memory; of the ${memorySize(memory.total)} that ${holder(memory)} has, ${memorySize(memory.free)} are free now`,
    remedy: `End what else takes memory. ${remedies(spec, foresee)}`,
  };
}

const holder = ({ name }: MemoryNeed): string => (name === ram ? 'the machine' : name);

/** What can be changed, each with what the run would need then. What brings nothing is left out. */
function remedies(spec: RunSpec, foresee: (spec: RunSpec) => Result<MemoryEstimate>): string {
  const needs = (changed: RunSpec): MemoryNeed | undefined => {
    const estimate = foresee(changed);
    return estimate.ok ? estimate.value.memories[0] : undefined;
  };
  const now = needs(spec);
  const formats = (['nf4', 'bfloat16'] as const).filter((one) => foresee({ ...spec, baseQuantization: one }).ok);
  const lines = changes(spec, formats[0]).flatMap(({ words, spec: changed }) => {
    const then = needs(changed);
    if (now === undefined || then === undefined || then.needed > 0.98 * now.needed) return [];
    return [`${words}: ${memorySize(then.needed)}${fullness(then) <= 1 ? ', which fits' : ''}`];
  });
  if (lines.length === 0) return 'Take a smaller model, or a machine with more memory.';
  return `What it would need with ${lines.join('; with ')}.`;
}

/** `format`: the smallest that the backend keeps weights in. */
function changes(
  spec: RunSpec,
  format: RunSpec['baseQuantization'],
): { readonly words: string; readonly spec: RunSpec }[] {
  const { batchSize, gradientAccumulation, sequenceLength, activationCheckpointing, lora } = spec;
  const rows = batchSize * gradientAccumulation;
  const found: { readonly words: string; readonly spec: RunSpec }[] = [];
  if (batchSize > 1)
    found.push({
      words: `"batchSize": 1 and "gradientAccumulation": ${rows}`,
      spec: { ...spec, batchSize: 1, gradientAccumulation: rows },
    });
  if (!activationCheckpointing)
    found.push({ words: '"activationCheckpointing": true', spec: { ...spec, activationCheckpointing: true } });
  if (sequenceLength >= 64) {
    const half = Math.floor(sequenceLength / 2);
    found.push({ words: `"sequenceLength": ${half}`, spec: { ...spec, sequenceLength: half } });
  }
  const smallest: RunSpec = { ...spec, batchSize: 1, gradientAccumulation: rows, activationCheckpointing: true };
  if (lora === undefined && spec.trainable === undefined) {
    const adapters = { rank: 64, alpha: 16, dropout: 0, targets: loraTargets, init: 'kaiming' } as const;
    found.push({
      words: '"lora" of rank 64 in place of all parameters, with the smallest batch and checkpointing',
      spec: { ...smallest, lora: adapters },
    });
  } else if (batchSize > 1 && !activationCheckpointing) {
    found.push({ words: 'both of the first', spec: smallest });
  }
  if (lora !== undefined && format !== undefined && spec.baseQuantization !== format) {
    const baseQuantization = format;
    found.push({ words: `"baseQuantization": "${format}"`, spec: { ...spec, baseQuantization } });
    if (batchSize > 1 || !activationCheckpointing)
      found.push({
        words: 'that, the smallest batch and checkpointing',
        spec: { ...smallest, baseQuantization },
      });
  }
  return found;
}
