/** The token count of an open file, as the extension holds it, against the command line's on the same file. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';

describe('the extension', () => {
  it('is installed from its package and starts', async () => {
    const extension = vscode.extensions.getExtension('bllossom-workbench.bllossom-workbench');
    assert.ok(extension, 'the extension is not installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
