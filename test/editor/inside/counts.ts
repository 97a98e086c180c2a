/** Counts, byte characters and hovers in the editor, against the command line on the same text. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { installed, openFile, tokenize, until } from './tools.ts';

const base = 'tokenizers/base.model';
const korean = 'tokenizers/korean.model';

/** Makes a tokenizer the workspace's. */
const choose = (tokenizer: string) =>
  vscode.workspace.getConfiguration('bllossom').update('tokenizer', tokenizer, vscode.ConfigurationTarget.Workspace);

const plain = (part: vscode.Hover['contents'][number]) =>
  part instanceof vscode.MarkdownString ? part.value : JSON.stringify(part);

const untitled = (content: string) => vscode.workspace.openTextDocument({ language: 'plaintext', content });

/** The count of a document's present version. */
async function counted(document: vscode.TextDocument, tokenizer: string) {
  const { api } = await installed();
  return until(`the count of ${document.uri.toString()} under ${tokenizer}`, () => {
    const counts = api.tokenCounts(document.uri.toString());
    return counts?.version === document.version && counts.tokenizer.path.endsWith(tokenizer) ? counts : undefined;
  });
}

describe('token counts', () => {
  before(() => choose(base));

  it('come from the installed package, not from the sources', async () => {
    const { folder } = await installed();
    assert.match(folder, /bllossom-workbench\.bllossom-workbench-/);
  });

  it('count one line as the command line does, bytes and the characters they spell included', async () => {
    const line = '햄버거를 하나 먹었다. I ate a hamburger 🍔.';
    const [expected] = await tokenize(base, line);
    assert.ok(expected);
    const document = await untitled(line);
    const { tokens, byteTokens, byteCharacters } = await counted(document, base);
    const bytes = expected.pieces.flatMap((piece, i) => (/^<0x..>$/.test(piece) ? [String(expected.spans[i])] : []));
    assert.ok(bytes.length > 0, 'Korean falls to bytes under the base tokenizer');
    assert.deepEqual(
      { tokens, byteTokens, byteCharacters },
      { tokens: expected.ids.length, byteTokens: bytes.length, byteCharacters: new Set(bytes).size },
    );
  });

  it('are live while typing, and stand in the status bar', async () => {
    const { api } = await installed();
    const editor = await vscode.window.showTextDocument(await untitled('The sky is'));
    const before = await counted(editor.document, base);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 10), ' 파랗다'));
    const after = await counted(editor.document, base);
    const [expected] = await tokenize(base, 'The sky is 파랗다');
    assert.equal(after.tokens, expected?.ids.length);
    assert.ok(after.tokens > before.tokens);
    assert.equal(api.statusText(), `◇ ${after.tokens} tok`);
  });

  it('count the selection as a text of its own', async () => {
    const { api } = await installed();
    const editor = await openFile('reading.ko.md');
    const { tokens } = await counted(editor.document, base);
    const line = editor.document.lineAt(0);
    editor.selection = new vscode.Selection(line.range.start, line.range.end);
    const [expected] = await tokenize(base, line.text);
    const wanted = `◇ ${expected?.ids.length ?? '?'} / ${tokens.toLocaleString('en')} tok`;
    await until(`the status bar to say ${wanted}`, () => (api.statusText() === wanted ? true : undefined), 10);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
  });

  it('follow another tokenizer, and so do the underlines', async () => {
    const { api } = await installed();
    const { document } = await openFile('reading.ko.md');
    const uri = document.uri.toString();
    const before = await counted(document, base);
    const underlined = () => Object.values(api.byteRanges(uri) ?? {}).reduce((sum, ranges) => sum + ranges.length, 0);
    await until('underlines', () => (underlined() > 0 ? true : undefined));
    await choose(korean);
    const after = await counted(document, korean);
    assert.ok(after.tokens < before.tokens, `${after.tokens} tokens, ${before.tokens} before`);
    await until('no underlines', () => (underlined() === 0 ? true : undefined));
    await choose(base);
    assert.deepEqual(await counted(document, base), { ...before, version: document.version });
  });
});

describe('beside the count', () => {
  const set = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('bllossom').update(name, value, vscode.ConfigurationTarget.Workspace);
  const settings = { compareTokenizer: korean, 'context.window': 700, sectionCounts: 'inlayHints' };
  before(async () => {
    await choose(base);
    for (const [name, value] of Object.entries(settings)) await set(name, value);
  });
  after(async () => {
    for (const name of Object.keys(settings)) await set(name, undefined);
  });

  it('stand that of a second tokenizer, the share of the window, and hints at sections', async () => {
    const { api } = await installed();
    const text = '사용자: 아침에 물을 마셨다.';
    const { document } = await vscode.window.showTextDocument(await untitled(text));
    const { tokens } = await counted(document, base);
    const [other] = await tokenize(korean, text);
    const fewer = other?.ids.length ?? 0;
    const wanted = `◇ ${tokens} → ${fewer} tok, −${Math.round((1 - fewer / tokens) * 100)} %`;
    await until(`the status bar to say ${wanted}`, () => (api.statusText() === wanted ? true : undefined));
    // No model has been chosen: the text behind BOS, in 700 less 512 for the answer.
    const share = `${(((tokens + 1) / 188) * 100).toFixed(0)} % of 188`;
    await until(`a budget of ${share}`, () => (api.budgetText() === share ? true : undefined));
    const [said] = await tokenize(base, '아침에 물을 마셨다.');
    const hint = await until('a hint', async () => {
      const range = new vscode.Range(0, 0, 1, 0);
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        document.uri,
        range,
      );
      return hints[0];
    });
    assert.equal(hint.label, `${said?.ids.length ?? '?'} tok`);
  });
});

describe('byte characters', () => {
  it('are underlined one by one, a syllable as one character', async () => {
    const { api } = await installed();
    const { document } = await vscode.window.showTextDocument(await untitled('ab 햄 cd 🍔'));
    await counted(document, base);
    const text = (range: vscode.Range) => document.getText(range);
    const ranges = await until('underlines', () => {
      const drawn = api.byteRanges(document.uri.toString());
      return drawn !== undefined && drawn[3].length + drawn[4].length > 0 ? drawn : undefined;
    });
    assert.deepEqual({ 3: ranges[3].map(text), 4: ranges[4].map(text) }, { 3: ['햄'], 4: ['🍔'] });
  });

  it('show pieces, ids and bytes in a hover over all of the syllable', async () => {
    const document = await untitled('햄');
    await vscode.window.showTextDocument(document);
    await counted(document, base);
    const [expected] = await tokenize(base, '햄');
    assert.ok(expected);
    const bytes = expected.pieces.flatMap((piece, i) =>
      piece.startsWith('<0x') ? [{ piece, id: expected.ids[i] }] : [],
    );
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(0, 0),
    );
    const text = hovers.flatMap(({ contents }) => contents.map(plain)).join('\n');
    assert.ok(text.includes('<0xED> <0x96> <0x84>'), text);
    assert.equal(bytes.map(({ piece }) => piece).join(' '), '<0xED> <0x96> <0x84>');
    assert.ok(text.includes(bytes.map(({ id }) => id).join(' ')), text);
    assert.deepEqual(hovers[0]?.range, new vscode.Range(0, 0, 0, 1));
  });
});
