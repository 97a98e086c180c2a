/**
 * What the runs of open specs would take of memory: foreseen by the engine in a process of its own, for the text as it stands, anew
 * only when the spec says something else than before.
 */
import path from 'node:path';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { ParsedSpec } from '../../engine/src/runs/spec.ts';
import { type MemoryNeed, fullness, memorySize, tight } from '../../engine/src/training/foresee.ts';
import type { Context } from './context.ts';
import { runEngine } from './engineProcess.ts';
import { SpecMemory } from './protocol.ts';
import type { Foreseen } from './protocol.ts';
import { type Words, wordsOf } from './words.ts';

export interface MemoryComplaint extends Problem {
  readonly isError: boolean;
}

interface Asked {
  /** What it was asked of. */
  readonly key: string;
  readonly stop: AbortController;
  answer?: Foreseen;
}

export class SpecMemories {
  readonly #context: Context;
  readonly #asked = new Map<string, Asked>();

  constructor(context: Context) {
    this.#context = context;
    context.onShutdown(() => {
      for (const { stop } of this.#asked.values()) stop.abort();
    });
  }

  /** Asks for the memory of a spec's text, unless it is known; `onAnswer` is called when it is. */
  async ask(uri: string, file: string, text: string, parsed: ParsedSpec, onAnswer: () => void): Promise<void> {
    const { spec } = parsed;
    if (spec === undefined) {
      this.forget(uri);
      return;
    }
    const { engine } = await this.#context.settings();
    const key = JSON.stringify([spec, engine]);
    const before = this.#asked.get(uri);
    if (before?.key === key) return;
    before?.stop.abort();
    const asked: Asked = { key, stop: new AbortController() };
    this.#asked.set(uri, asked);
    const node = await this.#context.node();
    if (!node.ok) return;
    const outcome = await runEngine({
      node: node.value,
      enginePath: this.#context.options.enginePath,
      args: [
        ...['foresee', '--directory', path.dirname(file)],
        ...(engine.backend === 'auto' ? [] : ['--backend', engine.backend]),
      ],
      input: text,
      signal: asked.stop.signal,
    });
    if (this.#asked.get(uri) !== asked || outcome.kind === 'stopped') return;
    if (outcome.result.ok) asked.answer = outcome.result.value as Foreseen;
    void this.#context.connection.sendNotification(SpecMemory.type, { uri, memory: asked.answer?.memory ?? null });
    onAnswer();
  }

  /** What is wrong with the memory of the spec that was last asked of. */
  complaint(uri: string): MemoryComplaint | undefined {
    const answer = this.#asked.get(uri)?.answer;
    if (answer?.refused !== undefined) return { ...answer.refused, isError: true };
    const fullest = answer?.memory.memories[0];
    return fullest === undefined || fullness(fullest) < tight
      ? undefined
      : { ...littleLeft(fullest, wordsOf(this.#context.language)), isError: false };
  }

  forget(uri: string): void {
    const asked = this.#asked.get(uri);
    if (asked === undefined) return;
    asked.stop.abort();
    this.#asked.delete(uri);
    void this.#context.connection.sendNotification(SpecMemory.type, { uri, memory: null });
  }
}

const littleLeft = ({ needed, total, name }: MemoryNeed, say: Words): Problem => ({
  what: say.littleMemory(memorySize(needed), memorySize(total), name),
  remedy: say.lessMemory,
});
