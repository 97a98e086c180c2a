/** The user's settings under `bllossom`, asked of the editor each time, per folder where a setting differs by folder. */
import type { Connection } from 'vscode-languageserver/node';
import type { Settings } from './protocol.ts';

export type ReadSettings = (scopeUri?: string) => Promise<Settings>;

/** `supported`: whether the client answers workspace/configuration. Without it every setting has its default. */
export function settingsReader(connection: Connection, supported: boolean): ReadSettings {
  return async (scopeUri) => {
    if (!supported) return fromConfiguration(undefined);
    const item = { section: 'bllossom', ...(scopeUri === undefined ? {} : { scopeUri }) };
    return fromConfiguration(await connection.workspace.getConfiguration(item));
  };
}

/** Settings out of whatever JSON the editor answers; what is missing or of another type has its default. */
export function fromConfiguration(value: unknown): Settings {
  const at = (object: unknown, key: string): unknown =>
    typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
  const text = (candidate: unknown, otherwise: string): string =>
    typeof candidate === 'string' ? candidate.trim() : otherwise;
  const engine = at(value, 'engine');
  const lint = at(value, 'lint');
  return {
    tokenizer: text(at(value, 'tokenizer'), ''),
    engine: { nodePath: text(at(engine, 'nodePath'), ''), backend: text(at(engine, 'backend'), '') || 'auto' },
    lint: typeof lint === 'object' ? { preset: at(lint, 'preset'), rules: at(lint, 'rules') } : lint,
  };
}
