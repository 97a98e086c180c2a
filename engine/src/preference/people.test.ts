import { describe, expect, it } from 'vitest';
import { type PeopleSession, peopleSession } from './people.ts';
import { comparisonData } from './testing/comparisons.ts';
import type { ComparisonData, VerdictLine } from './types.ts';

const at = new Date('2026-02-03T04:05:06Z');

/** Judges all with what `press` says, and answers with the lines. */
function through(session: PeopleSession, press: (left: string) => 'left' | 'right' | 'neither'): VerdictLine[] {
  const lines: VerdictLine[] = [];
  for (let now = session; now.current !== undefined;) {
    const { line, session: next } = now.judge(press(now.current.left), at);
    lines.push(line);
    now = next;
  }
  return lines;
}

const withLines = (data: ComparisonData, name: string, lines: readonly VerdictLine[]): ComparisonData => ({
  ...data,
  verdicts: [{ rater: { kind: 'person', name }, lines }],
});

describe('a blind session', () => {
  const data = comparisonData(20);

  it('shows each prompt once, either side left as often as right, and gives verdicts to the real side', () => {
    const lines = through(peopleSession(data, 'kim'), (left) => (left.startsWith('A') ? 'left' : 'right'));
    expect(new Set(lines.map((line) => line.id)).size).toBe(20);
    expect(lines.every((line) => line.verdict === 'a')).toBe(true);
    expect(lines.filter((line) => line.order === 'ab')).toHaveLength(10);
    expect(lines.map((line) => line.id)).not.toEqual(data.prompts.map((prompt) => prompt.id));
  });

  it('tells nothing of which side is which', () => {
    const item = peopleSession(data, 'kim').current!;
    expect(Object.keys(item).sort()).toEqual(['id', 'index', 'left', 'prompt', 'right']);
  });

  it('is the same for the same name, and another for another', () => {
    const order = (name: string) => through(peopleSession(data, name), () => 'neither').map((l) => l.id + l.order);
    expect(order('kim')).toEqual(order(' kim '));
    expect(order('김')).not.toEqual(order('kim'));
  });

  it('goes on where the lines end, whatever was answered since', () => {
    const all = through(peopleSession(data, 'kim'), () => 'left');
    for (const cut of [0, 1, 7, 19, 20]) {
      const back = peopleSession(withLines(data, 'kim', all.slice(0, cut)), 'kim');
      expect(back.done).toBe(cut);
      expect(back.current?.id).toBe(all[cut]?.id);
    }
    const fewer = new Map([...data.answers.b].slice(3));
    const later = peopleSession({ ...data, answers: { ...data.answers, b: fewer } }, 'kim');
    expect(later.total).toBe(17);
    const kept = all.filter(({ id }) => fewer.has(id));
    expect(through(later, () => 'left').map((l) => l.id + l.order)).toEqual(kept.map((l) => l.id + l.order));
  });

  it('takes verdicts back one by one, and shows what was pressed', () => {
    const start = peopleSession(data, 'kim');
    expect(start.canUndo).toBe(false);
    const one = start.judge('right', at, 'clearer');
    expect(one.line).toMatchObject({ reason: 'clearer', at: '2026-02-03T04:05:06.000Z' });
    const two = one.session.judge('neither', at);
    const undone = two.session.undo(at);
    expect(undone.line).toEqual({ id: two.line.id, order: two.line.order, at: at.toISOString(), undone: true });
    expect(undone.session.current).toMatchObject({ id: two.line.id, pressed: 'neither' });
    const again = undone.session.undo(at);
    expect(again.session.current).toMatchObject({ id: one.line.id, pressed: 'right' });
    expect(again.session.canUndo).toBe(false);
    // The file, read again, says the same.
    const lines = [one.line, two.line, undone.line, again.line];
    expect(peopleSession(withLines(data, 'kim', lines), 'kim')).toMatchObject({ done: 0, canUndo: false });
    expect(again.session.judge('left', at).session.current!.id).toBe(two.line.id);
  });

  it('keeps the number of a prompt when answers come in before it, so that no verdict is taken for another prompt', () => {
    const first = peopleSession(data, 'kim').current!;
    const b = new Map(data.answers.b);
    b.delete(first.id);
    const before = peopleSession({ ...data, answers: { ...data.answers, b } }, 'kim').current!;
    expect(before.id).not.toBe(first.id);
    expect(before.index).not.toBe(first.index);
  });

  it("shows nothing of how a side's file ends its lines", () => {
    const text = (id: string) => ({ id, text: '\r\none\r\ntwo\r\n\r\n' });
    const a = new Map(data.prompts.map(({ id }) => [id, text(id)]));
    const b = new Map(data.prompts.map(({ id }) => [id, { id, text: 'one\ntwo' }]));
    const { left, right } = peopleSession({ ...data, answers: { a, b } }, 'kim').current!;
    expect(left).toBe(right);
  });

  it('leaves out prompts that a side has no answer to', () => {
    const a = new Map(data.answers.a).set('p3', { id: 'p3', text: '', error: 'too long' });
    const session = peopleSession({ ...data, answers: { ...data.answers, a } }, 'kim');
    expect(through(session, () => 'left').map((l) => l.id)).not.toContain('p3');
  });
});
