/** The invariants of ARCHITECTURE.md that can be read off the sources: who imports whom, sizes, what stands where. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { circles } from './circles.ts';

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
  /** Of types alone: gone when it runs. */
  readonly isType: boolean;
}

/** Static, dynamic and re-exporting imports. */
function importsOf(file: string): Import[] {
  const specifiers = read(file).matchAll(
    /(?:^|[\s;])(?:import|export)\s(type\s)?[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'|^import\s*'([^']+)'/gm,
  );
  return [...specifiers].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4] ?? '';
    const relative = specifier.startsWith('.');
    return {
      from: file,
      to: relative ? path.posix.join(path.posix.dirname(file), specifier) : specifier,
      isType: match[1] !== undefined,
    };
  });
}

const imports = sources.flatMap(importsOf);
const inFolder = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const show = ({ from, to }: Pick<Import, 'from' | 'to'>) => `${from} imports ${to}`;

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.map(show)).toContain('server/src/protocol.ts imports engine/src/base/problem.ts');
  });

  it('run in no circle', () => {
    expect(circles(imports.filter(({ isType }) => !isType))).toEqual([]);
    const [graph, ...others] = circles(imports);
    expect(others).toEqual([]);
    // Operations emit their gradients into the graph, whose nodes are uses of operations: types that need each other.
    expect(graph!.filter((file) => !inFolder('engine/src/graph')(file))).toEqual([]);
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

describe('sources', () => {
  const product = sources.filter((file) => !/\.test\.ts$|\/testing\//.test(file));
  const inEngineOrServer = product.filter((file) => !inFolder('client')(file));
  /** Files whose text fits, but for those where it may. */
  const holding = (pattern: RegExp, among: readonly string[], ...may: readonly string[]) =>
    among.filter((file) => pattern.test(read(file)) && !may.includes(file));

  it('reach no network but a judge: local sockets are opened in one place each', () => {
    // To the judge that the user names, on their word.
    const judge = 'engine/src/preference/httpJudge.ts';
    const protocols = imports.filter(({ to }) => /^(node:)?(https?|http2|tls|dgram)$|proxy-agent|undici/.test(to));
    expect(protocols.map(show)).toEqual(
      ['node:http', 'node:https', 'https-proxy-agent'].map((to) => show({ from: judge, to })),
    );
    const sockets = imports.filter(({ to }) => /^(node:)?net$/.test(to)).map(({ from }) => from);
    expect(sockets.filter((file) => product.includes(file))).toEqual([
      'engine/src/protocolClient.ts',
      'engine/src/protocolServer.ts',
    ]);
    expect(holding(/(^|[^.\w#])fetch\(/m, inEngineOrServer)).toEqual([]);
    expect(
      holding(
        /(^|[^.\w])fetch\((['"`]|new URL)|globalThis\.fetch|XMLHttpRequest|new (WebSocket|EventSource)\b/m,
        product,
      ),
    ).toEqual([]);
  });

  it('replace files through base/atomic.ts', () => {
    const direct = /\b(writeFile|rename|createWriteStream|copyFile|writeFileSync|renameSync|copyFileSync)\(/;
    expect(
      holding(
        direct,
        inEngineOrServer,
        'engine/src/base/atomic.ts',
        'engine/src/runs/lock.ts', // tickets: new names, renamed into place
        'engine/src/runs/checkpoints.ts', // inside of writeDirectoryAtomic
        'engine/src/model/files/writeModel.ts', // inside of writeDirectoryAtomic
        'engine/src/model/files/streamModel.ts', // the same
        'engine/src/model/files/writeAdapter.ts', // the same
      ),
    ).toEqual([]);
  });

  it('keep no state in module globals, save where a library is global itself', () => {
    const state = /^(export )?let |^(export )?const \w+(: [^=]+)? = new Map(<[^>]*>)?\(\)/m;
    expect(
      holding(
        state,
        inEngineOrServer,
        'engine/src/backends/ggml/library.ts', // one library a process
        'engine/src/backends/tfjs/wasm/products.ts', // ids in the runtime, which is one a process
        'engine/src/vocab/scripts.ts', // what a character is never changes
      ),
    ).toEqual([]);
  });

  it('draw no number that a seed does not give', () => {
    expect(holding(/Math\.random\(/, inEngineOrServer)).toEqual([]);
  });

  it('define messages in the two protocols alone', () => {
    const types = /new (Request|Notification)Type\b/;
    expect(holding(types, product).sort()).toEqual([
      'engine/src/protocol.ts',
      'server/src/protocol.ts',
      'server/src/protocolCounts.ts', // given on by the one before
      'server/src/protocolEvaluation.ts', // the same
      'server/src/protocolPreference.ts', // the same
      'server/src/protocolVocabularies.ts', // the same
    ]);
  });

  it('start no process that the language server would wait for', () => {
    const sync = /\b(execSync|execFileSync|spawnSync)\(/;
    // Elsewhere than on Linux a process's start is asked of `ps`.
    expect(holding(sync, inEngineOrServer, 'engine/src/runs/process.ts')).toEqual([]);
    expect(holding(/\b(read|write|readdir|stat|exists|open)\w*Sync\(/, product.filter(inFolder('server')))).toEqual([]);
  });

  it('write to standard output and standard error at the edges', () => {
    expect(holding(/\bconsole\.(log|error|warn|info)\(/, inEngineOrServer, 'server/src/server.ts')).toEqual([]);
    const edges = ['engine/src/cli/main.ts', 'engine/src/cli/commands/train.ts', 'engine/src/host/host.ts'];
    expect(holding(/process\.(stdout|stderr)\.write/, inEngineOrServer, ...edges)).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md');
  const invariants = text.slice(text.indexOf('## Invariants'));

  it('names files and folders that are there', () => {
    const named = [...text.matchAll(/`((?:client|server|engine|test|scripts|syntaxes)\/[^`*…]*)`/g)].map((m) => m[1]!);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('has a test for each invariant', () => {
    const items = invariants.split(/^(?=\d+\. )/m).slice(1);
    expect(items.length).toBeGreaterThanOrEqual(15);
    const kept = /`[^`]*(\.test\.ts|conformance\.ts|architecture\.test\.ts)`/;
    expect(items.filter((item) => !kept.test(item))).toEqual([]);
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
