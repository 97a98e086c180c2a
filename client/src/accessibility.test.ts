/** What is seen can be heard, and told apart without colours; what computes needs trust. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import {
  Chat,
  EngineCommand,
  JudgePreference,
  MakePreference,
  ResumePreference,
  RunEvaluation,
  StartRun,
} from '../../server/src/protocol.ts';
import { computing } from './computing.ts';

const sources = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => [name, readFileSync(path.join(import.meta.dirname, name), 'utf8')] as const);
const holding = (text: string) => sources.filter(([, source]) => source.includes(text));

describe('colours', () => {
  const { colors } = manifest.contributes;

  it.each(colors.map(({ id, defaults }) => [id, defaults] as const))('%s has a default in all four themes', (_id, defaults) => {
    for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const)
      expect(defaults[theme]).toMatch(/^#[0-9A-F]{6}([0-9A-F]{2})?$/);
  }); // prettier-ignore

  it.each(['highContrast', 'highContrastLight'] as const)('of underlines and outlines stand out in %s', (theme) => {
    const background = theme === 'highContrast' ? '#000000' : '#FFFFFF';
    for (const { id, defaults } of colors.filter((color) => /byteCharacter|heatOutline|heatRuler/.test(color.id)))
      expect(contrast(defaults[theme], background), id).toBeGreaterThanOrEqual(3); // WCAG 2.2, 1.4.11
  });

  it('that the code names are there', () => {
    const named = sources.flatMap(([, source]) => [...source.matchAll(/'(bllossom\.(?:byteCharacter|heat[A-Z])\w*)'/g)].map((m) => m[1])); // prettier-ignore
    expect(named.length).toBeGreaterThan(3);
    for (const id of named) expect(colors.map((color) => color.id)).toContain(id);
  });
});

describe('decorations', () => {
  const decorations = holding('createTextEditorDecorationType').flatMap(([name, source]) =>
    [...source.matchAll(/createTextEditorDecorationType\(\{([\s\S]*?)\n\s*\}\)/g)].map((m) => [name, m[1]!] as const),
  );

  it('are found', () => expect(decorations.length).toBeGreaterThanOrEqual(3));

  it.each(decorations)('in %s are told apart by more than a colour, or stand in the ruler beside what is', (_name, text) => {
    if (/overviewRulerColor/.test(text) && !/backgroundColor|borderColor|\bcolor:/.test(text)) return;
    expect(text).toMatch(/borderStyle|outline:|textDecoration/);
  }); // prettier-ignore
});

it('items of the status bar say in words what they show', () => {
  const items = holding('createStatusBarItem(');
  expect(items.length).toBeGreaterThanOrEqual(2);
  for (const [name, source] of items) {
    expect(source.match(/accessibilityInformation = \{ label/g)?.length ?? 0, name).toBeGreaterThan(0);
    expect(source, name).toMatch(/item\.name = /);
  }
});

it('what computes is not asked for without trust, and its commands are off', () => {
  expect([...computing].sort()).toEqual([StartRun, EngineCommand, RunEvaluation, Chat, MakePreference, ResumePreference, JudgePreference].map(({ method }) => method).sort());
  expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
  expect(manifest.capabilities.virtualWorkspaces.supported).toBe('limited');
  const { commands } = manifest.contributes;
  for (const id of ['startRun', 'resumeRun', 'evaluate']) {
    const command = commands.find(({ command: name }) => name === `bllossom.${id}`);
    expect((command as { readonly enablement?: string } | undefined)?.enablement, id).toBe('isWorkspaceTrusted');
  }
}); // prettier-ignore

/** Ratio of contrast (WCAG 2.2, relative luminance); colours without transparency. */
function contrast(one: string, other: string): number {
  const [a, b] = [one, other].map((hex) => {
    const [r, g, bl] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * bl!;
  });
  return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
}
