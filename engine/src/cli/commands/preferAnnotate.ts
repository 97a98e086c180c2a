/** `bllossom prefer annotate`: a person judges in the terminal, blind, a key a verdict. */
import { on } from 'node:events';
import { bad, ok } from '../../base/problem.ts';
import { appendVerdict, readComparison, verdictsFile } from '../../preference/directory.ts';
import { sides } from '../../preference/types.ts';
import { type BlindItem, type PeopleSession, peopleSession, type Pressed } from '../../preference/people.ts';
import type { Command } from '../command.ts';
import { needed } from '../computeOptions.ts';

/** Also as they come from a keyboard that is set to Hangul. */
const keys: Readonly<Record<string, Pressed | 'undo' | 'quit'>> = {
  ...{ a: 'left', b: 'right', n: 'neither', u: 'undo', q: 'quit' },
  ...{ ㅁ: 'left', ㅠ: 'right', ㅜ: 'neither', ㅕ: 'undo', ㅂ: 'quit', '\u0003': 'quit', '\u0004': 'quit' },
};

export const preferAnnotate: Command = {
  path: ['prefer', 'annotate'],
  summary: 'Judge the answers of a comparison yourself, blind',
  positionals: 'DIR',
  options: {
    name: { type: 'string', placeholder: 'NAME', description: 'who judges: each person has an order of their own' },
  },
  async run({ values, positionals, json, work, print }) {
    const [directory, ...more] = positionals;
    if (directory === undefined || more.length > 0)
      return bad('one preference directory is wanted', undefined, 'See bllossom prefer annotate --help.');
    const name = needed(values, 'name');
    if (!name.ok) return name;
    const file = verdictsFile(directory, { kind: 'person', name: name.value });
    if (!file.ok) return file;
    const data = await readComparison(directory);
    if (!data.ok) return data;
    let session = peopleSession(data.value, name.value);
    if (session.total === 0)
      return bad(
        'no prompt has an answer of each side',
        { file: directory },
        sides.some((side) => data.value.comparison.sides[side].kind === 'model')
          ? `Let them answer: bllossom prefer --out ${directory} --resume.`
          : 'Compare files with answers to the same prompts.',
      );
    show(session, print);
    if (session.current !== undefined || session.canUndo)
      for await (const key of pressed(work.signal)) {
        const action = keys[key.toLowerCase()];
        if (action === 'quit') break;
        if (action === undefined || (action === 'undo' ? !session.canUndo : session.current === undefined)) continue;
        const step = action === 'undo' ? session.undo(new Date()) : session.judge(action, new Date());
        // On the disk before the next is shown.
        const kept = await appendVerdict(directory, session.rater, step.line);
        if (!kept.ok) return kept;
        session = step.session;
        show(session, print);
        if (session.current === undefined) break;
      }
    const { done, total } = session;
    if (json) print(JSON.stringify({ done, total }));
    else
      print(
        done === total ? `All ${total} are judged.` : `${done} of ${total} are judged. Go on with the same command.`,
      );
    return ok({ exitCode: 0 });
  },
};

/**
 * Without keys that send several characters, of which one would be taken for a verdict: ↑ is `ESC [ A`, and so is a wheel in some
 * terminals (ECMA-48, 5.4).
 */
export const typed = (text: string): string => text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]?|O[^]?|[^[O]?)/g, '');

/** Characters as they are typed; the end of the input ends them. Throws the signal's reason. */
async function* pressed(signal: AbortSignal): AsyncGenerator<string> {
  const { stdin } = process;
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    // Listens before it reads, so that no key and no end is lost.
    const events = on(stdin, 'data', { signal, close: ['end'] });
    stdin.resume();
    for await (const [text] of events as AsyncIterable<[string]>) yield* typed(text);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (raw) stdin.setRawMode(false);
    stdin.pause();
  }
}

function show({ current, done, total }: PeopleSession, print: (line: string) => void): void {
  if (current === undefined) return;
  const { prompt, input, left, right, pressed: before }: BlindItem = current;
  const was = before === undefined ? '' : `  (before: ${{ left: 'A', right: 'B', neither: 'neither' }[before]})`;
  print(`\n━━ ${done + 1} of ${total}${was} ━━`);
  for (const line of [prompt, ...(input === undefined ? [] : ['', input])]) print(plain(line));
  print(`\n── A ──\n${plain(left)}\n\n── B ──\n${plain(right)}\n`);
  print('A or B is better, N neither, U take the last back, Q stop');
}

/** Without what would give the terminal orders. */
const plain = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\uFFFD');
