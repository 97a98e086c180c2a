/** What a run in the Test Explorer is of: whole tasks, and rows of tasks where only parts were chosen or parts were left out. */
import type { Node } from './evaluationTestTree.ts';

export interface TestChoice {
  /** Tasks with all their rows, in the order chosen. */
  readonly whole: readonly (Node & { readonly kind: 'task' })[];
  /** Of other tasks, what was chosen and what of it was left out. */
  readonly parts: readonly PartChoice[];
}

export interface PartChoice {
  readonly task: string;
  readonly chosen: readonly [Node, ...Node[]];
  readonly left: readonly Node[];
}

/** What is left out goes before what is chosen, whichever holds the other. */
export function choiceOf(included: readonly Node[], excluded: readonly Node[]): TestChoice {
  const whole: (Node & { kind: 'task' })[] = [];
  const parts: PartChoice[] = [];
  for (const task of new Set(included.map(({ source }) => source.task))) {
    const left = excluded.filter(({ source }) => source.task === task);
    if (left.some(({ kind }) => kind === 'task')) continue;
    const [first, ...rest] = included.filter(({ source }) => source.task === task);
    if (first === undefined) continue;
    const all = [first, ...rest].find((node) => node.kind === 'task');
    if (all !== undefined && left.length === 0) whole.push(all);
    else parts.push({ task, chosen: all === undefined ? [first, ...rest] : [all], left });
  }
  return { whole, parts };
}

/** The numbers of the rows to score, in the file's order; `ids`: those below a node. */
export async function rowsOf(
  { chosen, left }: Pick<PartChoice, 'chosen' | 'left'>,
  ids: (node: Node) => Promise<readonly number[]>,
): Promise<readonly number[]> {
  const rows = new Set<number>();
  for (const node of chosen) for (const id of await ids(node)) rows.add(id);
  for (const node of left) for (const id of await ids(node)) rows.delete(id);
  return [...rows].sort((a, b) => a - b);
}
