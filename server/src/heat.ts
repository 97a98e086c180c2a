/** Where a text is dear (`Heat`, `HeatLines`): its words by their tokens for each character. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { type WordCost, heatLevel, wordCosts } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import * as shapes from './params.ts';
import { Heat, HeatLines, type HeatSpan } from './protocol.ts';
import type { TokenizedDocument } from './tokenizedDocuments.ts';

/** UTF-16 units looked through at a stretch: a few milliseconds. */
const unitsAtOnce = 8192;
/** Of a longer range (one line may hold megabytes) the first words are answered: drawing them takes the extension host a frame at most. */
const most = 5000;

export function registerHeat({ connection, slices, tokens }: Context): void {
  const wantedOf = (now: TokenizedDocument, token: CancellationToken) => () => {
    const { document, tokenized } = tokens.get(now.document.uri) ?? {};
    return !token.isCancellationRequested && document?.version === now.document.version && tokenized === now.tokenized;
  };

  /** Words of [start, end) in stretches that begin and end between lines, or between words; undefined where it is not wanted any more. */
  async function dearWords(
    { tokenized, document }: TokenizedDocument,
    start: number,
    end: number,
    wanted: () => boolean,
    take: (word: WordCost, level: 1 | 2 | 3) => boolean,
  ): Promise<boolean> {
    if (tokenized.isWhole && !(await slices.countRest(tokenized, wanted))) return false;
    const text = document.text.getText();
    for (let from = start; from < end;) {
      if (from > start) await slices.turn();
      if (!wanted()) return false;
      const to = stretchEnd(text, from, end);
      for (const word of wordCosts(text.slice(from, to), from, tokenized.tokensIn(from, to))) {
        // A token that begins before the stretch belongs to a word of the one before.
        if (word.end > to) continue;
        const level = heatLevel(word);
        if (level !== 0 && !take(word, level)) return true;
      }
      from = to;
    }
    return true;
  }

  connection.onRequest(Heat.type, async (params, token) => {
    const refused = shapes.refusal(params, { uri: shapes.text, range: shapes.range });
    if (refused !== undefined) return refused;
    const now = await tokens.settled(params.uri);
    if (now === undefined) return null;
    const { text, version } = now.document;
    const spans: HeatSpan[] = [];
    const start = text.offsetAt(params.range.start);
    await dearWords(now, start, text.offsetAt(params.range.end), wantedOf(now, token), (word, level) => {
      const { tokens: own, characters } = word;
      const range = { start: text.positionAt(word.start), end: text.positionAt(word.end) };
      return spans.push({ range, level, tokens: own, characters }) < most;
    });
    return { version, spans };
  });

  connection.onRequest(HeatLines.type, async (params, token) => {
    const refused = shapes.refusal(params, { uri: shapes.text });
    if (refused !== undefined) return refused;
    const now = await tokens.settled(params.uri);
    if (now === undefined || now.tokenized.length > HeatLines.longest) return null;
    const { text, version } = now.document;
    const runs: { from: number; to: number; level: 1 | 2 | 3 }[] = [];
    const whole = await dearWords(now, 0, now.tokenized.length, wantedOf(now, token), ({ start }, level) => {
      const { line } = text.positionAt(start);
      const last = runs.at(-1);
      if (last?.to === line) last.level = Math.max(last.level, level) as 1 | 2 | 3;
      else runs.push({ from: line, to: line, level });
      return runs.length < HeatLines.most * 10;
    });
    return whole ? { version, runs: joined(runs).slice(0, HeatLines.most) } : null;
  });
}

/** Lines that follow one another and are of one level are one run. */
function joined(lines: readonly HeatLines.Run[]): HeatLines.Run[] {
  const runs: HeatLines.Run[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.to === line.from - 1 && last.level === line.level) runs[runs.length - 1] = { ...last, to: line.to };
    else runs.push(line);
  }
  return runs;
}

/** The end of a stretch from `from` on: behind white space where there is some, so that no word is cut. */
function stretchEnd(text: string, from: number, end: number): number {
  const limit = Math.min(end, from + unitsAtOnce);
  if (limit === end) return end;
  for (let at = limit; at > from + unitsAtOnce / 2; at--) {
    const unit = text.charCodeAt(at);
    if (unit === 0x20 || unit === 0x0a) return at;
  }
  return limit;
}
