/**
 * Which rules are on, how loud, and with what options: a preset, and settings by rule over it. They come from the editor's settings
 * or from `.bllossomlint.json` (JSON with comments), each as a layer over the one before.
 */
import { getNodePath, type Node, parseTree, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { bad, ok, type Location, type Problem, type Result } from '../base/problem.ts';
import { configWords, type ConfigWords } from './configWords.ts';
import { type Language, type Options, type Preset, presets, type Rule, type Severity, severities } from './rule.ts';
import { type RowRuleId, rowRuleIds, rowRuleOf, type RowSeverities } from '../instructions/rule.ts';
import { ruleIds, ruleOf, rules } from './rules.ts';

export interface RuleSetting {
  readonly severity: Severity;
  /** The rule's own, with what was set over them. */
  readonly options: Options;
}

/** The rules that are on. */
export interface Settings {
  readonly rules: ReadonlyMap<string, RuleSetting>;
}

export interface AllSettings extends Settings {
  /** Those of rows of instruction data, which are set beside the others. */
  readonly rows: RowSeverities;
}

/** What can be set by an id: a rule of texts, or one of rows, which has no options. */
const settable = (id: string): { readonly options: Options } | undefined =>
  ruleOf(id) ?? (rowRuleIds.some((known) => known === id) ? { options: {} } : undefined);

/** Ids of all rules that can be set, in the order of their documentation. */
export const settableIds: readonly string[] = [...ruleIds, ...rowRuleIds];

/** What one place says; what it does not say stays as it was. */
export interface Layer {
  readonly preset?: Preset;
  readonly rules: Readonly<Record<string, { readonly severity?: Severity | 'off'; readonly options?: Options }>>;
}

export const noLayer: Layer = { rules: {} };

export const configName = '.bllossomlint.json';

/** True for a rule that a preset has. */
const isInPreset = (rule: Rule, preset: Preset): boolean => presets.indexOf(rule.preset) <= presets.indexOf(preset);

/** The layers one over the other, over the preset `default`. */
export function settingsOf(layers: readonly Layer[]): AllSettings {
  const preset = layers.findLast((layer) => layer.preset !== undefined)?.preset ?? 'default';
  const on = new Map<string, RuleSetting>();
  for (const rule of rules) {
    const said = layers.flatMap((layer) => layer.rules[rule.id] ?? []);
    const severity =
      said.findLast((s) => s.severity !== undefined)?.severity ?? (isInPreset(rule, preset) ? rule.severity : 'off');
    if (severity === 'off') continue;
    const options = Object.assign({}, rule.options, ...said.map((s) => s.options ?? {})) as Options;
    on.set(rule.id, { severity, options });
  }
  const rows = new Map<RowRuleId, Severity>();
  for (const id of rowRuleIds) {
    const said = layers.flatMap((layer) => layer.rules[id]?.severity ?? []).at(-1);
    const { severity, preset: from } = rowRuleOf(id);
    // Their own switch is the setting `instructions.check`: presets only add to them.
    const loud = said ?? (from === undefined || presets.indexOf(from) <= presets.indexOf(preset) ? severity : 'off');
    if (loud !== 'off') rows.set(id, loud);
  }
  return { rules: on, rows };
}

/** A layer out of the text of `.bllossomlint.json`; the first problem with its place. */
export function parseConfig(text: string, file: string, language: Language = 'en'): Result<Layer> {
  const say = configWords[language];
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || tree === undefined)
    return bad(
      say.notJson(error === undefined ? say.empty : printParseErrorCode(error.error)),
      place(text, file, error?.offset ?? 0, error?.length),
      say.correctIt,
    );
  const fault = firstFault(tree, say);
  if (fault !== undefined) return bad(fault.what, place(text, file, fault.at.offset, fault.at.length), fault.remedy);
  return ok(layerOf(valueOf(tree)));
}

/** The first thing in an editor's settings that is not as it must be; `name`: what they stand under. */
export function settingsProblem(value: unknown, name: string, language: Language = 'en'): Problem | undefined {
  const tree = parseTree(JSON.stringify(value ?? {}));
  const fault = tree === undefined ? undefined : firstFault(tree, configWords[language]);
  if (fault === undefined) return undefined;
  // Of a member's name, the member.
  const { at } = fault;
  const path = getNodePath(at.parent?.type === 'property' ? at.parent.children![0]! : at);
  return { what: fault.what, where: { name: [name, ...path].join('.') }, remedy: fault.remedy };
}

/**
 * A layer out of an editor's settings; what is not as it must be is left out: an editor shows it by the schema. `preset` and
 * `rules` as in the file.
 */
export function layerOf(value: unknown): Layer {
  const { preset, rules: settings } = isRecord(value) ? value : {};
  const chosen = presets.find((name) => name === preset);
  const known: Record<string, Layer['rules'][string]> = {};
  for (const [id, setting] of Object.entries(isRecord(settings) ? settings : {})) {
    const rule = settable(id);
    if (rule === undefined) continue;
    const [severity, options] = Array.isArray(setting) ? (setting as readonly unknown[]) : [setting];
    const loud = severity === 'off' ? severity : severities.find((name) => name === severity);
    known[id] = {
      ...(loud === undefined ? {} : { severity: loud }),
      options: Object.fromEntries(
        Object.entries(isRecord(options) ? options : {}).filter(([name, v]) => fitsOption(rule, name, v)),
      ) as Options,
    };
  }
  return { ...(chosen === undefined ? {} : { preset: chosen }), rules: known };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fitsOption = (rule: Pick<Rule, 'options'>, name: string, value: unknown): boolean =>
  Object.hasOwn(rule.options, name) &&
  typeof value === typeof rule.options[name] &&
  (typeof value !== 'number' || Number.isFinite(value));

interface Fault {
  readonly at: Node;
  readonly what: string;
  readonly remedy: string;
}

function firstFault(tree: Node, say: ConfigWords): Fault | undefined {
  if (tree.type !== 'object') return { at: tree, what: say.object, remedy: say.writeRules };
  for (const [name, key, value] of members(tree)) {
    if (name === '$schema') continue;
    if (name === 'preset') {
      if (!presets.some((preset) => preset === value.value))
        return { at: value, what: say.preset, remedy: say.write(quoted(presets)) };
    } else if (name === 'rules') {
      const fault = faultOfRules(value, say);
      if (fault !== undefined) return fault;
    } else return { at: key, what: say.member(JSON.stringify(name)), remedy: say.members };
  }
  return undefined;
}

function faultOfRules(node: Node, say: ConfigWords): Fault | undefined {
  if (node.type !== 'object') return { at: node, what: say.object, remedy: say.writeRule };
  for (const [id, key, value] of members(node)) {
    const rule = settable(id);
    if (rule === undefined)
      return {
        at: key,
        what: say.rule(JSON.stringify(id)),
        remedy: say.known(settableIds),
      };
    const [severity, options] = value.type === 'array' ? (value.children ?? []) : [value];
    const words = ['off', ...severities];
    if (severity === undefined || !words.includes(String(severity.value)))
      return { at: severity ?? value, what: say.severity, remedy: say.write(quoted(words)) };
    if (options === undefined) continue;
    const known = Object.entries(rule.options).map(([o, v]) => say.optionOf(o, typeof v));
    const remedy = known.length === 0 ? say.none : say.known(known);
    if (options.type !== 'object') return { at: options, what: say.options, remedy };
    for (const [name, optionKey, option] of members(options)) {
      if (fitsOption(rule, name, valueOf(option))) continue;
      return { at: optionKey, what: say.option(id), remedy };
    }
  }
  return undefined;
}

const quoted = (words: readonly string[]): string[] => words.map((word) => JSON.stringify(word));

const members = (node: Node): (readonly [name: string, key: Node, value: Node])[] =>
  (node.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key === undefined || value === undefined ? [] : [[String(key.value), key, value] as const];
  });

function valueOf(node: Node): unknown {
  if (node.type === 'object') return Object.fromEntries(members(node).map(([name, , value]) => [name, valueOf(value)]));
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  return node.value as unknown;
}

function place(text: string, file: string, offset: number, length = 1): Location {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1, length };
}
