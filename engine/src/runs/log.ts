/** log.txt: what a run did, in lines with the time; in the foreground also on standard error, without it. */
import { appendFileSync } from 'node:fs';
import { logFile } from './directory.ts';

/** `told` is true where whoever watches hears of it anyway. */
export type Log = (line: string, told?: boolean) => void;

/** A line that cannot be written (a full disk) is lost: the log must not end the run. */
export function openLog(directory: string, echo: ((line: string) => void) | undefined): Log {
  return (line, told = false) => {
    if (!told) echo?.(line);
    try {
      appendFileSync(logFile(directory), `${new Date().toISOString()} ${line}\n`);
    } catch {
      // see above
    }
  };
}
