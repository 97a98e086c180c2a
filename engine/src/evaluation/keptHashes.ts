/**
 * Hashes of files from one evaluation to the next: weights are read through once, as long as the file system says that they are
 * the same. A hash is taken for known only where path, size, inode and both times are; the time of change (ctime) cannot be set by
 * whoever restores an older time of modification. What changed while it was hashed, or just before, is not kept: two changes
 * within one tick of the file system's clock would look alike.
 */
import { type BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { makeDirectories } from '../base/directories.ts';
import { isFileError } from '../base/fileProblem.ts';

const version = 1;
/** Smaller files are hashed in no time. */
const leastBytes = 1n << 20n;
/** The coarsest clock of a file system, FAT's, ticks every two seconds. */
const settledMs = 3000;
const most = 1000;

interface Known {
  readonly state: string;
  readonly sha256: string;
}

export class KeptHashes {
  readonly #file: string;
  readonly #now: () => number;
  /** By path; what was used last stands last. */
  readonly #known = new Map<string, Known>();
  #changed = false;

  private constructor(directory: string, now: () => number) {
    this.#file = path.join(directory, 'file-hashes.json');
    this.#now = now;
  }

  /** What is wrong with what is there is passed over: it only saves time. */
  static async open(directory: string, now = Date.now): Promise<KeptHashes> {
    const kept = new KeptHashes(directory, now);
    for (const [file, known] of await kept.#read()) kept.#known.set(file, known);
    return kept;
  }

  async #read(): Promise<readonly (readonly [string, Known])[]> {
    try {
      const json = JSON.parse(await readFile(this.#file, 'utf8')) as { version?: unknown; files?: unknown } | null;
      if (json?.version !== version || typeof json.files !== 'object' || json.files === null) return [];
      return Object.entries(json.files as Record<string, Partial<Known> | null>).flatMap(([file, value]) =>
        typeof value?.state === 'string' && /^[0-9a-f]{64}$/.test(value.sha256 ?? '')
          ? [[file, { state: value.state, sha256: value.sha256! }] as const]
          : [],
      );
    } catch (error) {
      if (!isFileError(error) && !(error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  /** The hash that is known of a file, or that `hash` computes. Throws the file system's errors. */
  async of(file: string, hash: () => Promise<string>): Promise<string> {
    const before = await stat(file, { bigint: true });
    const known = this.#known.get(file);
    if (known?.state === stateOf(before)) {
      this.#set(file, known);
      return known.sha256;
    }
    const begun = this.#now();
    const sha256 = await hash();
    const state = stateOf(before);
    const isSettled = begun - Math.max(Number(before.mtimeMs), Number(before.ctimeMs)) > settledMs;
    if (before.size >= leastBytes && isSettled && stateOf(await stat(file, { bigint: true })) === state) {
      this.#set(file, { state, sha256 });
      this.#changed = true;
    }
    return sha256;
  }

  /** Writes what is new, beside what others have written since; where it cannot be written it is not kept. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const all = new Map(await this.#read());
    for (const [file, known] of this.#known) {
      all.delete(file);
      all.set(file, known);
    }
    const files = Object.fromEntries([...all].slice(-most));
    try {
      makeDirectories(path.dirname(this.#file));
      await writeFileAtomic(this.#file, JSON.stringify({ version, files }));
    } catch (error) {
      if (!isFileError(error)) throw error;
    }
  }

  #set(file: string, known: Known): void {
    this.#known.delete(file);
    this.#known.set(file, known);
  }
}

const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');
