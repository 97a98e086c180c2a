/** Numbers as people read them: thousands, shares, bytes, spans of time. No editor in here, so that tests can call it. */

const thousands = new Intl.NumberFormat('en-US');

/** `39,478`. */
export const count = (n: number): string => thousands.format(n);

/** A share as `42.2 %`; whole percents from 10 up to keep it short only where `digits` says so. */
export const percent = (share: number, digits = 1): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : '–';

/** What becomes of a count as a change in whole percents: `−55 %`, `+3 %`, `±0 %`. */
export function change(from: number, to: number): string {
  const percents = from === 0 ? 0 : Math.round(((to - from) / from) * 100);
  return `${percents < 0 ? '−' : percents > 0 ? '+' : '±'}${Math.abs(percents)} %`;
}

/** A loss or another small figure with four significant digits: `2.314`, `0.01234`, `1.2e-9`. */
export function figure(n: number | undefined): string {
  if (n === undefined || !Number.isFinite(n)) return '–';
  if (n === 0) return '0';
  const size = Math.abs(n);
  if (size >= 1e6 || size < 1e-4) return n.toExponential(2);
  if (size >= 1000) return thousands.format(Math.round(n));
  return n.toPrecision(4);
}

/** An evaluation's figures in a line: `acc 0.5125 · n 337`. */
export const metricsLine = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .filter(([name]) => !name.includes('_stderr')) // the harness's form has them beside the figures
    .map(([name, value]) => `${name} ${name === 'n' ? value : figure(value)}`)
    .join(' · ');

/** `1.31 B`, `15.2 M`, `260 K`. */
export function short(n: number): string {
  for (const [size, name] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (n >= size) return `${(n / size).toPrecision(3)} ${name}`;
  }
  return String(n);
}

/** Bytes of memory as `18.2 GB`, `512 MB`: of 2^30 and 2^20, as memory is sold. */
export function memory(bytes: number): string {
  const gigabytes = bytes / 2 ** 30;
  if (gigabytes < 1) return `${Math.ceil(bytes / 2 ** 20)} MB`;
  return `${gigabytes < 100 ? gigabytes.toPrecision(3) : Math.round(gigabytes)} GB`;
}

/** Seconds as `45 s`, `3 min 20 s`, `2 h 5 min`; where the editor speaks Korean, as `3분 20초`. */
export function duration(seconds: number, language: string): string {
  const [hour, minute, second] = language.startsWith('ko') ? ['시간', '분', '초'] : [' h', ' min', ' s'];
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}${second}`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return s % 60 === 0 ? `${minutes}${minute}` : `${minutes}${minute} ${s % 60}${second}`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours}${hour}` : `${hours}${hour} ${minutes % 60}${minute}`;
}
