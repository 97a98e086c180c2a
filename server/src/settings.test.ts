import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { SettingFault } from './protocol.ts';
import { fromConfiguration } from './settings.ts';

const manifest = path.resolve(import.meta.dirname, '../../package.json');
const { contributes } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  contributes: { configuration: { properties: Record<string, { default: unknown }> } };
};

/** A setting of the server by its dotted name, without `bllossom.`. */
const at = (settings: unknown, name: string): unknown =>
  name.split('.').reduce((object, key) => (object as Record<string, unknown> | undefined)?.[key], settings);

it('takes the defaults that the editor shows, where nothing of the right type is set', () => {
  // Both are read where they are used: the editor's own, and lint's, which asks its engine what they mean.
  const elsewhere = ['trace.server', 'lint.preset', 'lint.rules'];
  const shown = Object.entries(contributes.configuration.properties)
    .map(([name, property]) => [name.replace('bllossom.', ''), property.default] as const)
    .filter(([name]) => !elsewhere.includes(name));
  expect(shown.length).toBeGreaterThan(10);
  for (const value of [undefined, null, 'x', { tokenizer: 5, engine: null, heat: 'yes', context: { window: -1 } }])
    for (const [name, byDefault] of shown) expect(at(fromConfiguration(value), name), name).toEqual(byDefault);
});

it('takes what is set, and tells what it cannot take', () => {
  const given = {
    ...{ tokenizer: ' a.model ', compareTokenizer: 'b.model', heat: true, sectionCounts: 'codeLens' },
    ...{ engine: { nodePath: '/n', backend: 'tfjs' }, context: { window: 4096, reservedAnswer: 0 } },
  };
  const told: SettingFault.Params[] = [];
  expect(fromConfiguration(given, (fault) => told.push(fault))).toMatchObject({ ...given, tokenizer: 'a.model' });
  expect(told).toEqual([]);
  fromConfiguration({ ...given, heat: 'yes', context: { window: 1.5 } }, (fault) => told.push(fault));
  expect(told.map(({ name, found }) => [name, found])).toEqual([
    ['bllossom.context.window', '1.5'],
    ['bllossom.heat', '"yes"'],
  ]);
});
