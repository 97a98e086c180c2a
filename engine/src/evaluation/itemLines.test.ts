/** Places of a JSON array's items, against a search for marks that the items themselves carry. */
import { expect, it } from 'vitest';
import { itemLines } from './itemLines.ts';

it.each<[string, number[]]>([
  ['[]', []],
  ['[\n]', []],
  ['[1, 2,\n3]', [1, 1, 2]],
  ['\n[\n  {"a": [1,\n2]},\n\n  {"b": "],{\\"[\\\\"}, {"c": {}}\n]\n', [3, 6, 6]],
  ['[["a"],\r\n["b",\r\n{}],\r\n"c"]', [1, 2, 4]],
  ['\uFEFF[\n{"한": "글"}]', [2]],
])('%j', (text, lines) => {
  expect(itemLines(text)).toEqual(lines);
  expect(itemLines(text)).toHaveLength((JSON.parse(text.replace('\uFEFF', '')) as unknown[]).length);
});

it('finds the line of every row, however it is printed', () => {
  const rows = Array.from({ length: 50 }, (_, id) => ({
    id: `#${id}#`,
    text: 'x"\\\n'.repeat(id % 4),
    list: [{}, [id]],
  }));
  for (const indent of [0, 1, 2]) {
    const text = JSON.stringify(rows, undefined, indent);
    const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
    // The object begins one line before its first field where it is indented.
    const expected = rows.map(({ id }) => lineOf(text.indexOf(id)) - (indent === 0 ? 0 : 1));
    expect(itemLines(text)).toEqual(expected);
  }
});
