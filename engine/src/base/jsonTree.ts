/** The tree of a JSON text with comments: values, their places, and names that stand twice. */
import { type Node, findNodeAtLocation } from 'jsonc-parser';
import type { Segments } from './place.ts';

/** The node of a value, or of the property's name; the nearest one around it where it is missing. */
export function nodeAt(root: Node, segments: Segments, name: boolean): Node {
  for (let n = segments.length; n > 0; n--) {
    const node = findNodeAtLocation(root, segments.slice(0, n));
    if (node === undefined) continue;
    return name && n === segments.length && node.parent?.type === 'property' ? node.parent.children![0]! : node;
  }
  return { ...root, length: Math.min(root.length, 1) };
}

export function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value as unknown;
  return Object.fromEntries(
    (node.children ?? []).map((property) => [String(property.children![0]!.value), toValue(property.children![1]!)]),
  );
}

/** The second and later properties of one name in one object, in the order of the text. */
export function repeatedNames(node: Node): Node[] {
  const seen = new Set<unknown>();
  return (node.children ?? []).flatMap((child) => {
    if (child.type !== 'property') return repeatedNames(child);
    const [name, value] = child.children!;
    const again = seen.has(name!.value) ? [name!] : [];
    seen.add(name!.value);
    return [...again, ...(value === undefined ? [] : repeatedNames(value))];
  });
}

/** `CommaExpected` → `comma expected`. */
export const words = (code: string): string => code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
