/** Lint in the editor: what is found appears as it is typed, the light bulb mends it, undo brings it back, saving can mend all. */
import { strict as assert } from 'node:assert';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { installed, inWorkspace, openFile, tokenize, until } from './tools.ts';

const base = 'tokenizers/base.model';
const name = 'lint-me.txt';
const composed = '한국어 글을 읽습니다.\n';
const decomposed = composed.normalize('NFD');

const told = (uri: vscode.Uri) =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source?.startsWith('bllossom') === true);
const codeOf = ({ code }: vscode.Diagnostic) => (typeof code === 'object' ? code.value : code);
const found = (uri: vscode.Uri, code: string) =>
  until(`a diagnostic ${code}`, () => told(uri).find((diagnostic) => codeOf(diagnostic) === code));
const nothing = (uri: vscode.Uri) => until('no diagnostics', () => (told(uri).length === 0 ? true : undefined));

const settings = () => vscode.workspace.getConfiguration();
const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Workspace);

describe('lint', () => {
  let editor: vscode.TextEditor;
  const text = () => editor.document.getText();
  const write = (content: string) =>
    editor.edit((edit) => edit.replace(new vscode.Range(0, 0, editor.document.lineCount, 0), content));

  before(async () => {
    await set('bllossom.tokenizer', base);
    await writeFile(inWorkspace(name), 'nothing to tell\n');
    editor = await openFile(name);
  });
  after(async () => {
    await set('editor.codeActionsOnSave', undefined);
    await set('bllossom.lint.rules', undefined);
    // A question whether to save would wait for an answer.
    await editor.document.save();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(inWorkspace(name), { force: true });
  });

  it('tells of decomposed Hangul, mends it for the tokens it says, and undo brings it back', async () => {
    const { uri } = editor.document;
    await write(decomposed);
    const diagnostic = await found(uri, 'decomposed');
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Warning);
    const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri,
      diagnostic.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = offered.find(({ title }) => title.startsWith('Compose the Hangul'));
    const [before, after] = await Promise.all([decomposed, composed].map((line) => tokenize(base, line)));
    const saved = before![0]!.ids.length - after![0]!.ids.length;
    assert.equal(fix?.title, `Compose the Hangul: ${saved} tokens saved`);
    assert.ok(fix.edit !== undefined && (await vscode.workspace.applyEdit(fix.edit)));
    assert.equal(text(), composed);
    await nothing(uri);
    await vscode.window.showTextDocument(editor.document);
    await vscode.commands.executeCommand('undo');
    assert.equal(text(), decomposed);
    await found(uri, 'decomposed');
  });

  it('mends on saving where that is asked for', async () => {
    await set('editor.codeActionsOnSave', { 'source.fixAll.bllossom': 'always' });
    await write(`${decomposed}a\u200bb\n`);
    await found(editor.document.uri, 'invisible');
    await editor.document.save();
    assert.equal(text(), `${composed}ab\n`);
    await nothing(editor.document.uri);
  });

  it('explains a rule on a page of its own, by the link that its diagnostics carry', async () => {
    await write(decomposed);
    const { code } = await found(editor.document.uri, 'decomposed');
    const target = typeof code === 'object' ? code.target : undefined;
    assert.equal(target?.scheme, 'command');
    assert.equal(target.path, 'bllossom.showLintRule');
    await vscode.commands.executeCommand(target.path, ...(JSON.parse(target.query) as string[]));
    await until('the page', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.includes('decomposed.md')))
        ? true
        : undefined,
    );
    const page = vscode.Uri.from({ scheme: 'bllossom-lint', path: '/decomposed.md' });
    assert.match((await vscode.workspace.openTextDocument(page)).getText(), /^## Decomposed Hangul/);
  });

  it('is silent about a rule that is turned off', async () => {
    await found(editor.document.uri, 'decomposed');
    await vscode.commands.executeCommand('bllossom.turnOffLintRule', 'decomposed', editor.document.uri.toString());
    await nothing(editor.document.uri);
    assert.deepEqual(settings().get('bllossom.lint.rules'), { decomposed: 'off' });
    const { api } = await installed();
    assert.deepEqual(
      api.messages().filter((message) => message.includes('lint')),
      [],
    );
  });
});
