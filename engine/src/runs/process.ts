/**
 * Who a process is, beyond its number: numbers are used again, so a lock or a state file also names when the process
 * began and in which boot of the machine. On Linux from /proc; elsewhere from `ps`, or by the number alone.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process: clock ticks since boot on Linux, a date elsewhere, empty where it cannot be known. */
  readonly pidStart: string;
  /** Empty where the system has none. */
  readonly bootId: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, pidStart: startOf(process.pid) ?? '', bootId: bootId() };
}

/** False where that process is gone, even if another one bears its number now. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== '' && identity.bootId !== bootId()) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false; // EPERM: it lives, as another user's
  }
  const start = startOf(identity.pid);
  if (start === undefined) return process.platform !== 'linux'; // on Linux: ended, or a zombie
  return identity.pidStart === '' || start === '' || identity.pidStart === start;
}

/** True where a signal has suspended it (SIGSTOP, Ctrl+Z); told on Linux alone. */
export function isPaused({ pid }: ProcessIdentity): boolean {
  return process.platform === 'linux' && /^[Tt]$/.test(fieldsOf(pid)?.[0] ?? '');
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Undefined where the process is gone (or a zombie), or the system does not tell. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const fields = fieldsOf(pid);
    return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19];
  }
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** proc(5): "pid (name) state ppid …"; the name may hold blanks and brackets. From the state on: field 22, the start time, is the 20th. */
function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
