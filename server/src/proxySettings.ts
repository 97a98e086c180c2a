/** The proxy that stands between this machine and a judge's address: the editor's `http.proxy` and `http.noProxy`, else the environment's. */
import type { Connection } from 'vscode-languageserver/node';
import { proxyFromEnvironment, type ProxySettings } from '../../engine/src/preference/index.ts';

export type ReadProxy = () => Promise<ProxySettings>;

/** `supported`: whether the client answers workspace/configuration. Asked anew each time: settings change. */
export function proxyReader(connection: Connection, supported: boolean): ReadProxy {
  return async () => {
    const section: unknown = supported ? await connection.workspace.getConfiguration('http') : undefined;
    return proxyFromSettings(section, process.env);
  };
}

/** `section`: whatever the editor says of its settings under `http`. */
export function proxyFromSettings(
  section: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings {
  const settings =
    typeof section === 'object' && section !== null ? (section as Readonly<Record<string, unknown>>) : {};
  const text = (name: string): string => {
    const value = settings[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  // As the editor has it: no proxy at all, whatever else is said.
  if (text('proxySupport') === 'off') return {};
  const of = proxyFromEnvironment(environment);
  const [proxy, authorization] = [text('proxy'), text('proxyAuthorization')];
  const listed = Array.isArray(settings['noProxy'])
    ? (settings['noProxy'] as readonly unknown[]).filter((one) => typeof one === 'string')
    : [];
  return {
    ...(proxy === '' ? of : { http: proxy, https: proxy }),
    none: listed.length === 0 ? (of.none ?? []) : listed,
    ...(authorization === '' ? {} : { authorization }),
  };
}
