/** What is left out of a run in the Test Explorer is not run: a task, a group of its rows, a page of them or one. */
import { describe, expect, it } from 'vitest';
import { choiceOf, rowsOf } from './evaluationTestChoice.ts';
import type { Node } from './evaluationTestTree.ts';

const task = (name: string): Node => ({ kind: 'task', source: { task: name } });
const group = (name: string, gold: number): Node => ({ kind: 'subset', source: { task: name }, gold, rows: 5 });
const page = (name: string, gold: number, from: number): Node => ({ kind: 'page', source: { task: name }, gold, from });
const row = (name: string, id: number): Node => ({ kind: 'row', source: { task: name }, id });

/** Ten rows a task: the even ones have the right answer 0, the odd ones 1; two rows a page. */
function ids(node: Node): Promise<readonly number[]> {
  const all = Array.from({ length: 10 }, (_, i) => i);
  const of = (gold: number | undefined) => all.filter((i) => gold === undefined || i % 2 === gold);
  switch (node.kind) {
    case 'task':
      return Promise.resolve(all);
    case 'subset':
      return Promise.resolve(of(node.gold));
    case 'page':
      return Promise.resolve(of(node.gold).slice(node.from, node.from + 2));
    case 'row':
      return Promise.resolve([node.id]);
    default:
      return node satisfies never;
  }
}

/** Whole tasks by name, and the rows of others. */
async function run(included: readonly Node[], excluded: readonly Node[]) {
  const { whole, parts } = choiceOf(included, excluded);
  const rows: Record<string, readonly number[]> = {};
  for (const part of parts) rows[part.task] = await rowsOf(part, ids);
  return { whole: whole.map(({ source }) => source.task), rows };
}

describe('a run', () => {
  it('is of what was chosen where nothing is left out', async () => {
    expect(await run([task('a'), group('b', 1), row('b', 0), row('b', 1)], [])).toEqual({
      whole: ['a'],
      rows: { b: [0, 1, 3, 5, 7, 9] },
    });
    expect(await run([row('a', 3), task('a')], [])).toEqual({ whole: ['a'], rows: {} });
  });

  it('leaves out a task, its groups and rows too', async () => {
    const left = [task('a')];
    expect(await run([task('a'), task('b')], left)).toEqual({ whole: ['b'], rows: {} });
    expect(await run([group('a', 0), row('a', 1)], left)).toEqual({ whole: [], rows: {} });
  });

  it('leaves out a group, a page or a row of a whole task, whose other rows are scored alone', async () => {
    expect(await run([task('a'), task('b')], [group('a', 0)])).toEqual({ whole: ['b'], rows: { a: [1, 3, 5, 7, 9] } });
    expect(await run([task('a')], [page('a', 1, 2), row('a', 0)])).toEqual({ whole: [], rows: { a: [1, 2, 3, 4, 6, 8, 9] } }); // prettier-ignore
    expect(await run([task('a')], [group('a', 0), group('a', 1)])).toEqual({ whole: [], rows: { a: [] } });
  });

  it('leaves out a page or a row of a group, and a row that was named itself', async () => {
    expect(await run([group('a', 1)], [page('a', 1, 0)])).toEqual({ whole: [], rows: { a: [5, 7, 9] } });
    expect(await run([group('a', 1), row('a', 2)], [row('a', 2), row('a', 9)])).toEqual({ whole: [], rows: { a: [1, 3, 5, 7] } }); // prettier-ignore
    expect(await run([row('a', 1), row('a', 2)], [group('a', 1)])).toEqual({ whole: [], rows: { a: [2] } });
    expect(await run([group('a', 1)], [row('b', 1)])).toEqual({ whole: [], rows: { a: [1, 3, 5, 7, 9] } });
  });
});
