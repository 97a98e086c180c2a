/** A prompt's roles: `system:`, `사용자:` or the headings of instruction templates (`### Instruction:`), each with the text below it. */
import { type Finding, type Section, linesOf, trimmed } from './section.ts';

/** Who speaks in a role of this name. */
const speakers: Readonly<Record<Speaker, readonly string[]>> = {
  system: ['system', '시스템'],
  question: ['user', 'human', 'instruction', 'question', 'tool', '사용자', '지시', '명령어', '질문'],
  input: ['input', '입력'],
  answer: ['assistant', 'output', 'response', 'answer', '도우미', '출력', '응답', '답변'],
};
export type Speaker = 'system' | 'question' | 'input' | 'answer';

const names = Object.values(speakers).flat().join('|');
/** `user:` with words behind it or below; `### Instruction(명령어):` alone on its line. */
const colon = new RegExp(`^\\s*(${names})\\s*[:：]`, 'i');
const heading = new RegExp(`^#{1,6}\\s+((${names})(\\([^)]{1,20}\\))?)\\s*[:：]?\\s*$`, 'i');
const separator = /^\s*-{3,}\s*$/;
/** A role's name stands at a line's beginning. */
const looked = 80;

export function* findRoles(text: string): Finding {
  let open: Omit<Section, 'end'> | undefined;
  let silent = 0;
  for (const { start, end, next } of linesOf(text)) {
    const line = text.slice(start, Math.min(end, start + looked));
    const found = colon.exec(line) ?? (end - start <= looked ? heading.exec(line) : null);
    if (found !== null || separator.test(line)) {
      if (open !== undefined) yield closed(text, open, start);
      silent = 0;
      open = undefined;
    }
    if (found !== null) {
      const behind = start + found[0].length;
      open = { kind: 'role', name: found[1]!.trim(), at: end, start: behind, written: 'plain' };
    }
    silent += next - start;
    if (silent > 4096) {
      silent = 0;
      yield undefined;
    }
  }
  if (open !== undefined) yield closed(text, open, text.length);
}

const closed = (text: string, open: Omit<Section, 'end'>, end: number): Section => ({
  ...open,
  ...trimmed(text, open.start, end),
});

/** Who speaks in a role that `findRoles` found. */
export function speakerOf(name: string): Speaker {
  const plain = name.replace(/\(.*$/, '').trim().toLowerCase();
  const found = Object.entries(speakers).find(([, known]) => known.includes(plain));
  return (found?.[0] ?? 'question') as Speaker;
}
