/** A pre-tokenizer's regular expression as a tree, and which repetitions in it a search could lose itself in. */

export type RegexNode =
  /** One code point out of a class, which is written as JavaScript's (flag `v`). */
  | { readonly kind: 'class'; readonly source: string }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | ({ readonly kind: 'repeat'; readonly item: RegexNode } & Quantifier)
  /** What is matched inside stays as it is, whatever comes behind it. */
  | { readonly kind: 'atomic'; readonly item: RegexNode }
  | { readonly kind: 'lookahead'; readonly negative: boolean; readonly item: RegexNode }
  /** The end of the text; with `orLineEnd`, before a line feed too. */
  | { readonly kind: 'end'; readonly orLineEnd: boolean };

export interface Quantifier {
  readonly min: number;
  /** Infinity: without end. */
  readonly max: number;
  readonly mode: 'greedy' | 'lazy' | 'possessive';
}

/** `\d{1,3}+` (which is `(?:\d{1,3})+` here) takes what `\d+` takes, and in the same order; undefined for others. */
export function flattened(node: RegexNode, outer: Quantifier): RegexNode | undefined {
  const isRun = node.kind === 'repeat' && node.item.kind === 'class' && node.mode === 'greedy' && node.min <= 1;
  if (!isRun || node.max === 0 || outer.max !== Infinity || outer.mode !== 'greedy') return undefined;
  return { ...node, min: node.min * outer.min, max: Infinity };
}

/** May one text be matched in several ways? Said of too many: of options that begin differently, too. */
export function hasChoices(node: RegexNode): boolean {
  switch (node.kind) {
    case 'repeat':
      return node.min !== node.max || hasChoices(node.item);
    case 'sequence':
      return node.items.some(hasChoices);
    case 'choice':
      return true;
    case 'atomic':
    case 'lookahead':
      return hasChoices(node.item);
    case 'class':
    case 'end':
      return false;
    default:
      node satisfies never;
      throw new Error('unknown node');
  }
}
