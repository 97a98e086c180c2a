/** Sections of Markdown: from a heading to the next of its level or a higher one, with the sections below it. */
import { type Finding, type Section, linesOf, trimmed } from './section.ts';

const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const fence = /^ {0,3}(`{3,}|~{3,})/;
const looked = 500;

type Open = Omit<Section, 'end'> & { readonly level: number };

export function* findHeadings(text: string): Finding {
  // A section ends behind those in it, and is told before them: all are known at the end only.
  const found: { section: Section | undefined; readonly open: Open }[] = [];
  const open: (typeof found)[number][] = [];
  let inFence: string | undefined;
  let silent = 0;
  const close = (level: number, end: number): void => {
    while (open.length > 0 && open.at(-1)!.open.level >= level) {
      const entry = open.pop()!;
      const { kind, name, at, start, written } = entry.open;
      entry.section = { kind, name, at, written, ...trimmed(text, start, end) };
    }
  };
  for (const { start, end, next } of linesOf(text)) {
    const line = text.slice(start, Math.min(end, start + looked));
    const mark = fence.exec(line)?.[1];
    if (inFence !== undefined) {
      if (mark?.startsWith(inFence) === true && line.trim() === mark) inFence = undefined;
    } else if (mark !== undefined && !line.trim().slice(mark.length).includes('`')) inFence = mark;
    else {
      const heading = atx.exec(line);
      if (heading !== null) {
        const level = heading[1]!.length;
        close(level, start);
        const entry: (typeof found)[number] = {
          section: undefined,
          open: { kind: 'heading', name: heading[2] ?? '', at: end, start, written: 'plain', level },
        };
        found.push(entry);
        open.push(entry);
      }
    }
    silent += next - start;
    if (silent > 4096) {
      silent = 0;
      yield undefined;
    }
  }
  close(0, text.length);
  for (const { section } of found) yield section;
}
