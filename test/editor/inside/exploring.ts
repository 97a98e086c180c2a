/** Looking through vocabularies, and the open text under two of them, as the pages show them. */
import { strict as assert } from 'node:assert';
import { copyFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { bllossom, inWorkspace, installed, openFile, tokenize, until } from './tools.ts';

const base = 'tokenizers/base.model';
const korean = 'tokenizers/korean.model';
const merged = 'tokenizers/merged/tokenizer.model';

/** What a vocabulary's page shows, once its rows have come and `fits` says so. */
async function page(name: string, fits: (status: string) => boolean = () => true) {
  const { api } = await installed();
  const file = inWorkspace(name);
  return until(`the page of ${name}`, () => {
    const state = api.vocabularyPage(file);
    return state !== undefined && state.rows.length > 0 && fits(state.status) ? state : undefined;
  });
}

describe('a vocabulary', () => {
  it('opens as a page, with its pieces in the order of their ids', async () => {
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(inWorkspace(base)));
    const { total, rows } = await page(base);
    assert.equal(total, 1024);
    assert.deepEqual(
      rows.map(({ id }) => id),
      [...rows.keys()],
    );
    assert.deepEqual(
      rows.slice(0, 4).map(({ piece, kind }) => [piece, kind]),
      [
        ['<unk>', 'unknown'],
        ['<s>', 'control'],
        ['</s>', 'control'],
        ['<0x00>', 'byte'],
      ],
    );
  });

  it('is searched for Hangul', async () => {
    await vscode.commands.executeCommand('bllossom.openVocabulary', { path: inWorkspace(korean), search: '다' });
    const { total, rows } = await page(korean, (status) => / of /.test(status));
    assert.ok(total > 5 && total < 1000, `${total} pieces`);
    for (const { piece, script } of rows) assert.ok(piece.includes('다') && script === 'Hangul', piece);
  });

  it('is shown anew when its file changes', async () => {
    const text = inWorkspace('small.txt');
    const file = inWorkspace('tokenizers/changing.model');
    await writeFile(text, 'a little text, and a little more of the same\n'.repeat(20));
    const train = async (size: number) => {
      const out = inWorkspace(`small-${size}.model`);
      const options = ['--type', 'bpe', '--size', String(size), '--byte-fallback', '--out', out];
      await bllossom(['vocab', 'train', '--input', text, ...options]);
      await copyFile(out, file);
    };
    await train(290);
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    assert.equal((await page('tokenizers/changing.model')).total, 290);
    await train(295);
    await page('tokenizers/changing.model', (status) => status.startsWith('295 '));
  });

  it('that is none says so in one line', async () => {
    const { api } = await installed();
    const file = inWorkspace('solver.model');
    await writeFile(file, 'solver: SGD\n');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    const problem = await until('the problem', () => api.vocabularyPage(file)?.problem);
    assert.match(problem, /no SentencePiece model/);
    assert.ok(!problem.includes('\n'));
  });
});

describe('two tokenizers', () => {
  it('are shown side by side on the open text, and follow it', async () => {
    const { api } = await installed();
    const { document } = await openFile('reading.ko.md');
    await until('the count', () => api.tokenCounts(document.uri.toString()));
    const sides = { left: inWorkspace(base), right: inWorkspace(merged) };
    await vscode.commands.executeCommand('bllossom.compareTokenizers', sides);
    const shown = await until('the lines', () => {
      const state = api.comparison();
      return state?.comparison !== undefined && state.lines.length > 2 ? state : undefined;
    });
    const { left, right } = shown.comparison!;
    assert.ok(right.tokens < left.tokens / 2, shown.summary);
    assert.match(shown.summary, /^[\d,]+ → [\d,]+ tokens, −\d\d %$/);
    // The first line begins the text, so that it costs what it costs alone, and the line break.
    const [line] = shown.lines;
    assert.equal(line!.text, document.lineAt(0).text);
    assert.equal(line!.left, (await tokenize(base, line!.text))[0]!.ids.length + 1);

    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 2), '아주 ');
    await vscode.workspace.applyEdit(edit);
    await until('the edited line', () => {
      const state = api.comparison();
      return state?.lines[0]?.text.startsWith('# 아주 ') === true ? state : undefined;
    });
    await vscode.commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
