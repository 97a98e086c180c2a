/** The invariants of ARCHITECTURE.md that can be read off the sources: who imports whom, sizes, what stands where. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
/** Tracked files and new ones that git does not ignore; those deleted but not yet committed are left out. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));
const sources = files.filter((file) => /^(client|server|engine)\/src\/.*\.ts$/.test(file));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Import {
  readonly from: string;
  /** A package's name, or a path from the root. */
  readonly to: string;
}

/** Static, dynamic and re-exporting imports. */
function importsOf(file: string): Import[] {
  const specifiers = read(file).matchAll(
    /(?:^|[\s;])(?:import|export)\s[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'|^import\s*'([^']+)'/gm,
  );
  return [...specifiers].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const relative = specifier.startsWith('.');
    return { from: file, to: relative ? path.posix.join(path.posix.dirname(file), specifier) : specifier };
  });
}

const imports = sources.flatMap(importsOf);
const inFolder = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const show = ({ from, to }: Import) => `${from} imports ${to}`;

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.map(show)).toContain('server/src/protocol.ts imports engine/src/base/problem.ts');
  });

  it('engine imports neither client nor server', () => {
    const wrong = imports.filter(
      ({ from, to }) => inFolder('engine')(from) && (inFolder('client')(to) || inFolder('server')(to)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('server imports engine only', () => {
    expect(imports.filter(({ from, to }) => inFolder('server')(from) && inFolder('client')(to)).map(show)).toEqual([]);
  });

  it('client imports nothing of server but its protocol, and of engine nothing that runs', () => {
    const crossing = imports.filter(
      ({ from, to }) => inFolder('client')(from) && (inFolder('server')(to) || inFolder('engine')(to)),
    );
    const allowed = new Set(['server/src/protocol.ts']);
    expect(crossing.filter(({ to }) => !allowed.has(to)).map(show)).toEqual([]);
  });

  it('workspaces are reached by path, never by package name', () => {
    expect(imports.filter(({ to }) => to.startsWith('@bllossom/')).map(show)).toEqual([]);
  });

  it("only client imports 'vscode', its webviews do not", () => {
    const wrong = imports.filter(
      ({ from, to }) => to === 'vscode' && (!inFolder('client')(from) || inFolder('client/src/webview')(from)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it("only server imports 'vscode-languageserver', only client 'vscode-languageclient', the engine neither's protocol", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        (/^vscode-languageserver(\/|$)/.test(to) && !inFolder('server')(from)) ||
        (to.startsWith('vscode-languageclient') && !inFolder('client')(from)) ||
        (to.startsWith('vscode-language') && inFolder('engine')(from)),
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('files', () => {
  const code = files.filter(
    (file) => /^(client|server|engine|test|scripts)\/.*\.(ts|mjs)$/.test(file) || file.endsWith('.mjs'),
  );

  it('are one idea each: no more than 400 lines', () => {
    const long = code
      .map((file) => `${file}: ${read(file).split('\n').length}`)
      .filter((line) => Number(line.split(': ')[1]) > 400);
    expect(long).toEqual([]);
  });

  it('are mostly under 300 lines', () => {
    const long = code.filter((file) => read(file).split('\n').length > 300);
    expect(long.length).toBeLessThanOrEqual(code.length * 0.05);
  });

  it('say in their first lines what they are for', () => {
    const silent = code.filter((file) => !/^(#!.*\n)?(\/\*\*?|\/\/)/.test(read(file)) && !/\.test\.ts$/.test(file));
    expect(silent.filter((file) => path.basename(file) !== 'vitest.config.ts')).toEqual([]);
  });

  it('stand in the agreed folders', () => {
    const allowed = new Set(['client', 'server', 'engine', 'syntaxes', 'test', 'docs', 'scripts', 'l10n']);
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''));
    expect([...folders].filter((folder) => !allowed.has(folder) && !folder.startsWith('.'))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('names no registry, so that anyone installs from their own', () => {
    expect(read('package-lock.json').match(/"resolved": "https?:[^"]*"/g) ?? []).toEqual([]);
  });
});
