/** Compiled normaliser rules for tests: the layout that Darts-clone writes, made by the simplest means. */

/** A label that no byte of UTF-8 has. */
const unreached = 0xff;

interface Node {
  readonly children: Map<number, Node>;
  value?: number;
}

/** The blob of rules from texts to texts, as a model's `precompiled_charsmap` holds it. */
export function compiledRules(rules: Readonly<Record<string, string>>): Uint8Array {
  const utf8 = new TextEncoder();
  const root: Node = { children: new Map() };
  const texts: number[] = [];
  for (const [from, to] of Object.entries(rules)) {
    let node = root;
    for (const byte of utf8.encode(from)) {
      let next = node.children.get(byte);
      if (next === undefined) {
        next = { children: new Map() };
        node.children.set(byte, next);
      }
      node = next;
    }
    node.value = texts.length;
    texts.push(...utf8.encode(to), 0);
  }
  const units: number[] = [0];
  const bases = new Set<number>();
  /** Lays a node's children under a base of their own, and says so in the node's unit. */
  const place = (node: Node, at: number, label: number): void => {
    const labels = [...(node.value === undefined ? [] : [0]), ...node.children.keys()];
    let base = 1;
    while (bases.has(base) || labels.some((child) => units[base ^ child] !== undefined)) base++;
    bases.add(base);
    units[at] = label | (node.value === undefined ? 0 : 0x100) | ((at ^ base) << 10);
    if (node.value !== undefined) units[base] = (0x80000000 | node.value) >>> 0;
    // All are reserved before any is gone into.
    for (const child of node.children.keys()) units[base ^ child] = child;
    for (const [child, next] of node.children) place(next, base ^ child, child);
  };
  place(root, 0, 0);
  const blob = new DataView(new ArrayBuffer(4 + 4 * units.length + texts.length));
  blob.setUint32(0, 4 * units.length, true);
  for (let i = 0; i < units.length; i++) blob.setUint32(4 + 4 * i, units[i] ?? unreached, true);
  texts.forEach((byte, i) => blob.setUint8(4 + 4 * units.length + i, byte));
  return new Uint8Array(blob.buffer);
}

/** A little of what nmt_nfkc does: spaces of all kinds, things that vanish, widths, composition, ligatures. */
export const someRules: Readonly<Record<string, string>> = {
  '\t': ' ',
  '\n': ' ',
  '\r': ' ',
  '\u3000': ' ',
  '\u00a0': ' ',
  '\u2581': ' ',
  '\u200b': '',
  'e\u0301': 'é',
  é: 'é',
  'a\u0301b': 'áb',
  '\u1112\u1161': '하',
  '\u1112\u1161\u11ab': '한',
  '하\u11ab': '한',
  ﬁ: 'fi',
  ａ: 'a',
  '①': '1',
  '㈜': '(주)',
  '…': ' . . ',
  '𝒳': 'X',
};
