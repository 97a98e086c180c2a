/** Which rules are on: presets, layers, the workspace's file and its schema. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import koreanSchema from '../../schemas/ko/lint.schema.json' with { type: 'json' };
import schema from '../../schemas/lint.schema.json' with { type: 'json' };
import { problemLine, unwrap } from '../base/problem.ts';
import { defaultRowSeverities } from '../instructions/rule.ts';
import { layerOf, parseConfig, settingsOf } from './config.ts';
import { ConfigFiles } from './configFile.ts';
import { configSchema } from './configSchema.ts';
import { presets } from './rule.ts';
import { rules } from './rules.ts';

const ids = (...layers: Parameters<typeof settingsOf>[0]) => [...settingsOf(layers).rules.keys()];

it('has presets that each hold the one before', () => {
  const sizes = presets.map((preset) => ids(layerOf({ preset })).length);
  expect(sizes).toEqual([0, 5, 16, rules.length]);
  expect(ids()).toEqual(ids(layerOf({ preset: 'default' })));
});

it('lays what a file says over what settings say', () => {
  const settings = layerOf({ preset: 'all', rules: { invisible: 'off', 'over-budget': ['hint', { window: 10 }] } });
  const file = unwrap(parseConfig('// a comment\n{"preset": "none", "rules": {"over-budget": ["error", {"answer": 2}], "base64": "warning",}}', 'f')); // prettier-ignore
  const { rules: on } = settingsOf([settings, file]);
  expect([...on.keys()]).toEqual(['over-budget', 'base64']);
  expect(on.get('over-budget')).toEqual({ severity: 'error', options: { window: 10, answer: 2 } });
});

it.each([
  ['', 'f, line 1:1: this is not valid JSON'],
  ['{"rules": }', 'f, line 1:11: this is not valid JSON (ValueExpected)'],
  ['[]', 'f, line 1:1: an object is wanted here'],
  [
    '{\n"preset": "most"}',
    'f, line 2:11: this preset is not known. Write "none" or "default" or "recommended" or "all".',
  ],
  ['{"rule": 1}', 'f, line 1:2: "rule" is not known here'],
  ['{"rules": 1}', 'f, line 1:11: an object is wanted here'],
  ['{"rules": {"x": "off"}}', 'f, line 1:12: there is no rule "x"'],
  ['{"rules": {"base64": "loud"}}', 'f, line 1:22: this severity is not known'],
  ['{"rules": {"base64": []}}', 'f, line 1:22: this severity is not known'],
  ['{"rules": {"base64": ["hint", 4]}}', 'f, line 1:31: an object of options is wanted here'],
  [
    '{"rules": {"base64": ["hint", {"length": "4"}]}}',
    'f, line 1:32: the rule base64 has no such option. Known are length (a number).',
  ],
])('refuses %j with its place', (text, line) => {
  const result = parseConfig(text, 'f');
  expect(result.ok ? '' : problemLine(result.problem)).toContain(line);
});

it('sets rules of rows of instruction data beside the others', () => {
  const rows = (...layers: Parameters<typeof settingsOf>[0]) => settingsOf(layers).rows;
  expect(rows()).toEqual(defaultRowSeverities);
  expect(rows(layerOf({ preset: 'none' }))).toEqual(defaultRowSeverities);
  expect(rows().has('row-space')).toBe(false);
  expect(rows(layerOf({ preset: 'recommended' })).get('row-space')).toBe('information');
  const set = rows(
    layerOf({ rules: { 'row-empty': 'error', 'row-space': ['hint'], 'row-language': 'off', 'row-field': 4 } }),
    unwrap(parseConfig('{"rules": {"row-empty": "off", "row-language": "warning"}}', 'f')),
  );
  expect([set.get('row-empty'), set.get('row-space'), set.get('row-language'), set.get('row-field')]).toEqual([
    undefined,
    'hint',
    'warning',
    'error',
  ]);
});

it('reads settings of whatever type', () => {
  for (const value of [
    null,
    4,
    [],
    { preset: 4, rules: [] },
    { rules: { base64: 4, invisible: [null, { a: 1 }], x: 'off' } },
  ])
    expect(ids(layerOf(value))).toHaveLength(5);
});

it('takes the nearest file at or above a directory', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
  mkdirSync(path.join(folder, 'a/b/c'), { recursive: true });
  writeFileSync(path.join(folder, '.bllossomlint.json'), '{"preset": "all"}');
  writeFileSync(path.join(folder, 'a/b/.bllossomlint.json'), '{"preset": "none"}');
  const files = new ConfigFiles(folder);
  const preset = async (...names: string[]) => unwrap(await files.layerFor(path.join(folder, ...names))).preset;
  expect([await preset(), await preset('a'), await preset('a/b'), await preset('a/b/c')]).toEqual([
    'all',
    'all',
    'none',
    'none',
  ]);
  expect(unwrap(await new ConfigFiles(path.join(folder, 'a')).layerFor(path.join(folder, 'a'))).preset).toBeUndefined();
  rmSync(folder, { recursive: true });
});

it('has a schema that says what the rules say', () => {
  expect(schema).toEqual(configSchema('en'));
  expect(koreanSchema).toEqual(configSchema('ko'));
});
