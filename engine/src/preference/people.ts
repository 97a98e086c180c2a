/**
 * A person judges blind: which prompt comes when, and which side stands left, are drawn from the comparison's seed and the person's
 * name, so that whoever comes back goes on where they stopped, and no two see the same order. Nothing here touches a file: a caller
 * shows `current`, appends the line that `judge` or `undo` gives (`appendVerdict`), and goes on with the session that comes with it.
 */
import { Random } from '../base/random.ts';
import type { Choice, ComparisonData, Order, Rater, Side, VerdictLine } from './types.ts';

/** What is pressed: the answer at the left, at the right, or neither. */
export type Pressed = 'left' | 'right' | 'neither';

/** What a person sees: nothing in it tells the sides apart. */
export interface BlindItem {
  readonly id: string;
  /** From 0, in this person's order of all prompts, also those that are yet to be answered: it stays that of this prompt. */
  readonly index: number;
  readonly prompt: string;
  readonly input?: string;
  readonly left: string;
  readonly right: string;
  /** What was pressed before, where one goes back. */
  readonly pressed?: Pressed;
}

interface Place {
  /** Among all prompts. */
  readonly index: number;
  readonly id: string;
  readonly order: Order;
}

export interface PeopleSession {
  readonly rater: Rater;
  /** Prompts with an answer of each side. */
  readonly total: number;
  readonly done: number;
  /** What is to be judged next; absent when all is. */
  readonly current: BlindItem | undefined;
  /** Whether there is a verdict of this person to take back. */
  readonly canUndo: boolean;
  /** The verdict on `current`, to be appended, and the session behind it. Throws a RangeError where nothing is left to judge. */
  judge(pressed: Pressed, at: Date, note?: string): PeopleStep;
  /** Takes the last verdict back; its prompt is then `current` again. Throws a RangeError where there is none. */
  undo(at: Date): PeopleStep;
}

export interface PeopleStep {
  readonly line: VerdictLine;
  readonly session: PeopleSession;
}

/** A person's session as the verdicts so far leave it. */
export function peopleSession(data: ComparisonData, name: string): PeopleSession {
  const clean = name.normalize('NFC').trim();
  const lines = data.verdicts.find(({ rater }) => rater.kind === 'person' && rater.name === clean)?.lines ?? [];
  const places = drawPlaces(data, clean);
  return sessionOf(data, { kind: 'person', name: clean }, places, standing(lines));
}

/** The order of prompts and of sides: of the seed and the name alone. Equal numbers of prompts (but for one) have A left. */
function drawPlaces({ comparison, prompts, answers }: ComparisonData, name: string): readonly Place[] {
  const random = new Random(comparison.seed, `people ${name}`);
  const shown = prompts.map((_, i): Order => (i % 2 === 0 ? 'ab' : 'ba'));
  const drawn = prompts.map(({ id }) => id);
  random.shuffle(shown);
  random.shuffle(drawn);
  const judged = (id: string) => {
    const [a, b] = [answers.a.get(id), answers.b.get(id)];
    return a !== undefined && b !== undefined && a.error === undefined && b.error === undefined;
  };
  // Drawn for every prompt, so that answers that come later change no place.
  return drawn.map((id, index) => ({ id, index, order: shown[index]! })).filter(({ id }) => judged(id));
}

/** Verdicts that count, in the order in which they were given: the last for a prompt, without those taken back. */
export function standing(lines: readonly VerdictLine[]): ReadonlyMap<string, VerdictLine> {
  const found = new Map<string, VerdictLine>();
  for (const line of lines) {
    found.delete(line.id);
    if (line.verdict !== undefined) found.set(line.id, line);
  }
  return found;
}

function sessionOf(
  data: ComparisonData,
  rater: Rater,
  places: readonly Place[],
  verdicts: ReadonlyMap<string, VerdictLine>,
  back?: VerdictLine,
): PeopleSession {
  const ids = new Set(places.map(({ id }) => id));
  const given = [...verdicts.values()].filter((line) => ids.has(line.id));
  const place = places.find(({ id }) => (back === undefined ? !verdicts.has(id) : id === back.id));
  const last = given.at(-1);
  const step = (line: VerdictLine, undone?: VerdictLine): PeopleStep => {
    const next = new Map(verdicts);
    next.delete(line.id);
    if (line.verdict !== undefined) next.set(line.id, line);
    return { line, session: sessionOf(data, rater, places, next, undone) };
  };
  return {
    rater,
    total: places.length,
    done: given.length,
    current: place === undefined ? undefined : itemOf(data, place, back),
    canUndo: last !== undefined,
    judge(pressed, at, note) {
      if (place === undefined) throw new RangeError('nothing is left to judge');
      const { id, order } = place;
      const verdict = choiceOf(pressed, order);
      return step({ id, order, verdict, at: at.toISOString(), ...(note === undefined ? {} : { reason: note }) });
    },
    undo(at) {
      if (last === undefined) throw new RangeError('there is no verdict to take back');
      return step({ id: last.id, order: last.order, at: at.toISOString(), undone: true }, last);
    },
  };
}

/** The real side behind a place. */
export const choiceOf = (pressed: Pressed, order: Order): Choice =>
  pressed === 'neither' ? 'tie' : (order[pressed === 'left' ? 0 : 1] as Side);

/** Ends of lines and empty ends are a file's, not an answer's: a side could be told by them. */
const shown = (text: string): string => text.replace(/\r\n?/g, '\n').trim();

function itemOf(data: ComparisonData, { id, index, order }: Place, back: VerdictLine | undefined): BlindItem {
  const prompt = data.prompts.find((one) => one.id === id)!;
  const text = (side: string): string => shown(data.answers[side as Side].get(id)!.text);
  const before = back?.verdict;
  return {
    id,
    index,
    prompt: prompt.prompt,
    ...(prompt.input === undefined ? {} : { input: prompt.input }),
    left: text(order[0]!),
    right: text(order[1]!),
    ...(before === undefined ? {} : { pressed: before === 'tie' ? 'neither' : before === order[0] ? 'left' : 'right' }),
  };
}
