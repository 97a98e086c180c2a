/** log.txt: what a run did, in lines with the time; in the foreground also on standard error, without it. */
import { appendFileSync } from 'node:fs';
import { plural } from '../base/plural.ts';
import type { MetricRow } from '../protocol.ts';
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

/** `step 200/400: loss 2.3140, held-out 2.4010, kobest_copa acc 0.5200 macro_f1 0.5100 (100 rows), 2979 tokens/s`. */
export function rowLine({ step, loss, evaluationLoss, evaluation, tokensPerSecond }: MetricRow, steps: number): string {
  const figures = Object.entries(evaluation ?? {}).map(([task, { n, ...found }]) => {
    const list = Object.entries(found).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    return `${task} ${list.join(' ')} (${plural(n ?? 0, 'row')})`;
  });
  const held = evaluationLoss === undefined ? [] : [`held-out ${evaluationLoss.toFixed(4)}`];
  const speed = `${Math.round(tokensPerSecond)} tokens/s`;
  return `step ${step}/${steps}: ${[`loss ${loss.toFixed(4)}`, ...held, ...figures, speed].join(', ')}`;
}
