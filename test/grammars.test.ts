/**
 * The grammars, read by the editor's own engine: the scopes of every line stand in a file beside each fixture, for people to review.
 * What is injected into JSON is laid over the JSON grammars of the editor that the tests run in, and skipped where that is not there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import type { IGrammar, Registry } from 'vscode-textmate';

const root = path.resolve(import.meta.dirname, '..');
const fixtures = path.join(root, 'test/fixtures/grammars');
const json = path.join(root, '.workbench/editor/node_modules/code-server/lib/vscode/extensions/json/syntaxes');
const editorHas = existsSync(json);

interface Contributed {
  readonly scopeName: string;
  readonly path: string;
  readonly injectTo?: readonly string[];
}
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly contributes: { readonly grammars: readonly Contributed[] };
};
const { grammars } = manifest.contributes;
const others: Readonly<Record<string, string>> = {
  'source.json': 'JSON.tmLanguage.json',
  'source.json.comments': 'JSONC.tmLanguage.json',
  'source.json.lines': 'JSONL.tmLanguage.json',
};

let registry: Registry;

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
  await oniguruma.loadWASM(readFileSync(wasm));
  registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) => {
      const own = grammars.find(({ scopeName }) => scopeName === scope)?.path;
      const file = own === undefined ? path.join(json, others[scope] ?? scope) : path.join(root, own);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      return Promise.resolve(text === undefined ? null : textmate.parseRawGrammar(text, file));
    },
    getInjections: (scope) =>
      grammars.filter(({ injectTo }) => injectTo?.includes(scope) === true).map(({ scopeName }) => scopeName),
  });
});

async function grammarOf(scope: string): Promise<IGrammar> {
  const grammar = await registry.loadGrammar(scope);
  if (grammar === null) throw new Error(`there is no grammar ${scope}`);
  return grammar;
}

/** Each line, and below it each of its tokens to which our grammars give a scope, with these. */
async function scopesOf(name: string, scope: string): Promise<string> {
  const grammar = await grammarOf(scope);
  let state = textmate.INITIAL;
  const out: string[] = [];
  for (const line of readFileSync(path.join(fixtures, name), 'utf8').trimEnd().split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    out.push(`>${line}`);
    for (const { startIndex, endIndex, scopes } of tokens) {
      // Whatever the editor's grammar says of sound JSON, nothing becomes illegal.
      expect(scopes.join(' '), line).not.toContain('invalid');
      const own = scopes.filter((name) => name !== scope && name.includes('bllossom'));
      if (own.length > 0) out.push(`  ${JSON.stringify(line.slice(startIndex, endIndex))} ${own.join(' ')}`);
    }
  }
  return `${out.join('\n')}\n`;
}

const snapshot = (name: string) => path.join(fixtures, `${name}.scopes.txt`);

describe('grammars', () => {
  it('of prompts', async () => {
    await expect(await scopesOf('roles.prompt', 'text.bllossom-prompt')).toMatchFileSnapshot(snapshot('roles.prompt'));
  });

  it.skipIf(!editorHas).each([
    ['lora.run.json', 'source.json.comments'],
    ['plain.jsonc', 'source.json.comments'],
    ['rows.jsonl', 'source.json.lines'],
    ['rows.json', 'source.json'],
  ])('over JSON: %s (skipped without the editor of the tests)', async (name, scope) => {
    await expect(await scopesOf(name, scope)).toMatchFileSnapshot(snapshot(name));
  });

  it('know the values that the schema of run specs knows', () => {
    const injected = readFileSync(path.join(root, 'syntaxes/run-spec.injection.tmLanguage.json'), 'utf8');
    const schema = readFileSync(path.join(root, 'engine/schemas/run.schema.json'), 'utf8');
    const known = [...schema.matchAll(/"(kind|precision|template|schedule|init|baseQuantization)": \{[^}]*?"enum": \[([^\]]*)\]/g)]; // prettier-ignore
    expect(known.length).toBeGreaterThanOrEqual(5);
    for (const [, name, values] of known)
      for (const [, value] of values!.matchAll(/"([^"]+)"/g))
        expect(injected, `${name!}: ${value!}`).toMatch(new RegExp(`\\\\"${name!}\\\\":[^\\n]*[(|]${value!}[|)]`));
  });
});
