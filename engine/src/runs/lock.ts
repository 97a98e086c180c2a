/**
 * A queue of processes for one thing, kept in a directory: each holds a ticket, and the lowest ticket of a living process
 * has its turn. A dead process's ticket counts for nothing, so nothing has to be unlocked after a kill or a power cut.
 *
 * Why two never hold it at once: tickets are ordered by (number, random name), names are never used again, and a ticket
 * appears whole (rename). A newcomer that finds a later ticket than its own withdraws and draws a higher number. So of two
 * tickets a < b, either b's holder saw a and waits for it, or a's holder, coming later, saw b and withdrew.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessIdentity, isAlive, isPaused, thisProcess } from './process.ts';

export interface Holder extends ProcessIdentity {
  /** What it holds the lock for: a run's directory. */
  readonly what: string;
}

export interface Lock {
  release(): void;
}

/** Takes the lock, or answers with who has it. Throws the file system's errors. */
export function tryLock(directory: string, what: string): Lock | Holder {
  const ticket = draw(directory, what);
  const holder = firstBefore(directory, ticket);
  if (holder === undefined) return lockOf(directory, ticket);
  drop(directory, ticket);
  return holder;
}

export const isLock = (answer: Lock | Holder): answer is Lock => 'release' in answer;

/**
 * Waits for the lock, first come first served. `onWait` is told whom it waits for, whenever that changes, or it is suspended or goes on.
 * Throws the signal's reason when aborted.
 */
export async function waitForLock(
  directory: string,
  what: string,
  { signal, onWait, pollMs = 250 }: { signal?: AbortSignal; onWait?: (holder: Holder) => void; pollMs?: number } = {},
): Promise<Lock> {
  const ticket = draw(directory, what);
  let told = '';
  try {
    for (;;) {
      signal?.throwIfAborted();
      const holder = firstBefore(directory, ticket);
      if (holder === undefined) return lockOf(directory, ticket);
      const who = `${holder.pid} ${isPaused(holder)} ${holder.what}`;
      if (who !== told) onWait?.(holder);
      told = who;
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  } catch (error) {
    drop(directory, ticket);
    throw error;
  }
}

/**
 * The queue of a device, one for the whole machine and all its users; made where missing. Not in TMPDIR, which differs from
 * shell to shell: two runs would not see each other. BLLOSSOM_STATE_DIR moves it. Throws the file system's errors.
 */
export function deviceLockDirectory(device: string): string {
  const shared = process.platform === 'win32' ? os.tmpdir() : '/tmp';
  const root = process.env['BLLOSSOM_STATE_DIR'] ?? path.join(shared, 'bllossom-locks');
  const directory = path.join(root, `device-${device.replace(/[^\w.-]+/g, '-')}`);
  for (const d of [root, directory]) {
    if (mkdirSync(d, { recursive: true }) === undefined || process.platform === 'win32') continue;
    chmodSync(d, 0o1777); // all users may queue; each may remove only what is theirs
  }
  return directory;
}

/** `000000000007-1f…`: names sort as tickets do. */
type Ticket = string;

function draw(directory: string, what: string): Ticket {
  mkdirSync(directory, { recursive: true });
  const content = JSON.stringify({ ...thisProcess(), what } satisfies Holder);
  for (;;) {
    const last = tickets(directory).at(-1);
    const number = last === undefined ? 1 : Number(last.slice(0, 12)) + 1;
    const ticket = `${String(number).padStart(12, '0')}-${randomBytes(8).toString('hex')}`;
    const temporary = path.join(directory, `.${ticket}`);
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 });
    renameSync(temporary, path.join(directory, ticket));
    if (!tickets(directory).some((other) => other > ticket)) return ticket;
    drop(directory, ticket);
  }
}

/** The living holder of the lowest ticket before this one. Removes dead ones: their names never come again. */
function firstBefore(directory: string, ticket: Ticket): Holder | undefined {
  for (const other of tickets(directory)) {
    if (other >= ticket) return undefined;
    const holder = read(path.join(directory, other));
    if (holder !== undefined && isAlive(holder)) return holder;
    drop(directory, other);
  }
  return undefined;
}

function tickets(directory: string): Ticket[] {
  return readdirSync(directory)
    .filter((name) => /^\d{12}-[0-9a-f]{16}$/.test(name))
    .sort();
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined; // it went away between listing and reading
  }
}

function drop(directory: string, ticket: Ticket): void {
  try {
    rmSync(path.join(directory, ticket), { force: true });
  } catch {
    // another user's: the sticky bit keeps it; it is dead and counts for nothing
  }
}

function lockOf(directory: string, ticket: Ticket): Lock {
  return { release: () => drop(directory, ticket) };
}
