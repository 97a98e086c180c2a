/** The user's settings under `bllossom`, asked of the editor each time, per folder where a setting differs by folder. */
import type { Connection } from 'vscode-languageserver/node';
import { templateNames } from '../../engine/src/data/templates.ts';
import { templateChoices } from '../../engine/src/generation/prompt.ts';
import { defaultRowOptions } from '../../engine/src/instructions/index.ts';
import { type Settings, SettingFault } from './protocol.ts';

export type ReadSettings = (scopeUri?: string) => Promise<Settings>;

/** `supported`: whether the client answers workspace/configuration. Without it every setting has its default. */
export function settingsReader(connection: Connection, supported: boolean): ReadSettings {
  const told = new Set<string>();
  const tell = (fault: SettingFault.Params): void => {
    const key = `${fault.name} ${fault.found}`;
    if (told.has(key)) return;
    told.add(key);
    void connection.sendNotification(SettingFault.type, fault);
  };
  return async (scopeUri) => {
    if (!supported) return fromConfiguration(undefined);
    const item = { section: 'bllossom', ...(scopeUri === undefined ? {} : { scopeUri }) };
    return fromConfiguration(await connection.workspace.getConfiguration(item), tell);
  };
}

/** Settings out of whatever JSON the editor answers; what is missing or of another type has its default, and is told. */
export function fromConfiguration(
  value: unknown,
  tell: (fault: SettingFault.Params) => void = () => undefined,
): Settings {
  const read = <T>(
    name: string,
    wanted: SettingFault.Params['wanted'],
    is: (found: unknown) => found is T,
    absent: T,
  ): T => {
    const found = name.split('.').reduce<unknown>(at, value);
    if (found === undefined || found === null) return absent;
    if (is(found)) return found;
    tell({ name: `bllossom.${name}`, wanted, found: JSON.stringify(found).slice(0, 80) });
    return absent;
  };
  const text = (name: string): string => read(name, { kind: 'text' }, isText, '').trim();
  const whole = (name: string, absent: number): number => read(name, { kind: 'count' }, isWhole, absent);
  const choice = <T extends string>(name: string, choices: readonly T[], absent: T): T =>
    read(name, { kind: 'choice', choices }, (found): found is T => choices.some((known) => known === found), absent);
  const flag = (name: string, absent: boolean): boolean => read(name, { kind: 'flag' }, isFlag, absent);
  const lint = at(value, 'lint');
  return {
    tokenizer: text('tokenizer'),
    compareTokenizer: text('compareTokenizer'),
    context: { window: whole('context.window', 0), reservedAnswer: whole('context.reservedAnswer', 512) },
    sectionCounts: choice('sectionCounts', ['off', 'codeLens', 'inlayHints'], 'off'),
    heat: flag('heat', false),
    byteFallback: { enabled: flag('byteFallback.enabled', true) },
    ask: { template: choice('ask.template', templateChoices, 'auto') },
    engine: { nodePath: text('engine.nodePath'), backend: text('engine.backend') || 'auto' },
    instructions: {
      check: flag('instructions.check', true),
      template: choice('instructions.template', ['auto', ...templateNames], defaultRowOptions.template),
      length: whole('instructions.length', defaultRowOptions.length) || defaultRowOptions.length,
    },
    lint: typeof lint === 'object' ? { preset: at(lint, 'preset'), rules: at(lint, 'rules') } : lint,
  };
}

const at = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
