import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseNode } from './nodePath.ts';

let folder: string;

/** A program that answers as a Node of some version would; or does not run at all. */
function fakeNode(name: string, script: string): string {
  const file = path.join(folder, name, 'node');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'node-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === 'win32')('chooseNode', () => {
  const choose = async (setting: string, editorExecPath: string, ...onPath: string[]) => {
    const env = { PATH: onPath.map((file) => path.dirname(file)).join(path.delimiter), ELECTRON_RUN_AS_NODE: '1' };
    return chooseNode({ setting, editorExecPath, env });
  };

  it('takes the one that is set, or says what is wrong with it', async () => {
    const set = fakeNode('set', 'echo 22.1.0');
    const old = fakeNode('old', 'echo 18.19.0');
    const taken = await choose(set, process.execPath, old);
    expect(taken).toMatchObject({
      ok: true,
      value: { path: set, version: '22.1.0', why: 'set in bllossom.engine.nodePath' },
    });
    expect(await choose(old, process.execPath, set)).toMatchObject({
      ok: false,
      problem: { what: 'this Node is version 18.19.0; the engine needs 20 or later', where: { file: old } },
    });
    expect(await choose('/nowhere/node', set)).toMatchObject({ problem: { what: 'this is not a Node that runs' } });
  });

  it('takes the first on the PATH that is new enough, without the editor’s variable', async () => {
    const old = fakeNode('old', 'echo 18.19.0');
    const broken = fakeNode('broken', 'exit 1');
    const fine = fakeNode('fine', '[ -z "$ELECTRON_RUN_AS_NODE" ] && echo 20.0.0');
    const taken = await choose('', process.execPath, old, broken, fine);
    expect(taken).toMatchObject({ ok: true, value: { path: fine, version: '20.0.0' } });
    expect(taken.ok && taken.value.why).toBe(
      `first on the PATH; ${old} is version 18.19.0, too old; ${broken} does not run`,
    );
    expect(taken.ok && taken.value.env['ELECTRON_RUN_AS_NODE']).toBeUndefined();
  });

  it('falls back to the editor’s own, told to be Node', async () => {
    const editor = fakeNode('editor', '[ "$ELECTRON_RUN_AS_NODE" = 1 ] && echo 22.18.0');
    const taken = await choose('', editor);
    expect(taken).toMatchObject({ ok: true, value: { path: editor, why: "the editor's own; no node on the PATH" } });
    expect(taken.ok && taken.value.env['ELECTRON_RUN_AS_NODE']).toBe('1');
  });

  it('says what to do where there is none', async () => {
    expect(await choose('', '/nowhere/editor')).toMatchObject({
      ok: false,
      problem: { what: 'no Node 20 or later was found' },
    });
  });
});
