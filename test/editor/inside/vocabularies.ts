/** Merging vocabularies and expanding the model, by the commands that the palette runs. */
import { strict as assert } from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { inWorkspace, installed, openFile, tokenize, until } from './tools.ts';

interface MergeReport {
  readonly base: number;
  readonly added: number;
  readonly shared: number;
  readonly union: number;
  readonly text?: { readonly tokensBefore: number; readonly tokensAfter: number; readonly percent: number };
}

const base = 'tokenizers/base.model';
const merged = 'tokenizers/merged/tokenizer.model';

describe('vocabularies', () => {
  it('merge, with their counts, and the open text costs fewer tokens', async () => {
    const { api } = await installed();
    const { document } = await openFile('reading.ko.md');
    const report = await vscode.commands.executeCommand<MergeReport | undefined>('bllossom.mergeVocabularies', {
      base: inWorkspace(base),
      add: inWorkspace('tokenizers/korean.model'),
      out: inWorkspace('tokenizers/merged'),
    });
    assert.ok(report, api.messages().at(-1));
    assert.equal(report.base, 1024);
    assert.equal(report.union, report.base + report.added);
    assert.ok(report.shared > 0 && report.added > 1000);
    const lines = async (tokenizer: string) =>
      (await tokenize(tokenizer, document.getText())).map(({ ids }) => ids.length);
    const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
    const before = sum(await lines(base));
    const after = sum(await lines(merged));
    assert.ok(after < before / 2, `${after} tokens, ${before} before`);
    assert.ok(report.text, 'the report counts the open text');
    assert.ok(report.text.tokensAfter < report.text.tokensBefore / 2);
    const page = api.reportText() ?? '';
    for (const figure of [report.base, report.added, report.shared, report.union]) {
      assert.ok(page.includes(figure.toLocaleString('en')), `${figure} stands in the report:\n${page}`);
    }
    for (const table of ['Is old text unchanged?', 'New pieces by script', 'Where it gives the same ids'])
      assert.ok(page.includes(table), `${table} stands in the report:\n${page}`);
    // The same page, from what was written.
    const opened = await vscode.commands.executeCommand<MergeReport | undefined>(
      'bllossom.openMergeReport',
      inWorkspace(merged),
    );
    assert.deepEqual(opened, report);
    assert.equal(api.reportText(), page);
    assert.equal(
      await vscode.commands.executeCommand('bllossom.openMergeReport', inWorkspace(base)),
      undefined,
      'no report lies beside the base',
    );
    assert.match(api.messages().at(-1) ?? '', /no merge report at tokenizers\/merge-report\.json/);
  });

  it('that are merged spell English as the base does', async () => {
    const text = await readFile(inWorkspace('texts/en.txt'), 'utf8');
    assert.deepEqual(await tokenize(merged, text), await tokenize(base, text));
  });

  it('are verified against SentencePiece, on the open text', async () => {
    const { api } = await installed();
    const { document } = await openFile('reading.ko.md');
    interface Verification {
      readonly same: boolean;
      readonly lines: number;
      readonly oracles: readonly { readonly name: string }[];
    }
    const verify = (options: object) =>
      vscode.commands.executeCommand<Verification | undefined>('bllossom.verifyTokenizer', options);
    const report = await verify({ tokenizer: inWorkspace(merged) });
    assert.ok(report, api.messages().at(-1));
    assert.equal(report.same, true);
    const text = document.getText();
    assert.equal(report.lines, text.split('\n').length - (text.endsWith('\n') ? 1 : 0));
    assert.ok(report.oracles.some(({ name }) => name === 'sentencepiece-js'));
    const page = api.reportText() ?? '';
    assert.ok(page.includes('sentencepiece-js') && page.includes('reading.ko.md'), page);
  });

  it('are trained on texts, and cost what the report says', async () => {
    const { api } = await installed();
    const out = inWorkspace('tokenizers/trained/ko.model');
    const text = inWorkspace('texts/ko.txt');
    const train = () =>
      vscode.commands.executeCommand<{ size: number; tokens: number } | undefined>('bllossom.trainVocabulary', {
        input: [text],
        type: 'unigram',
        size: 1200,
        out,
      });
    const report = await train();
    assert.ok(report, api.messages().at(-1));
    assert.equal(report.size, 1200);
    const lines = await tokenize('tokenizers/trained/ko.model', await readFile(text, 'utf8'));
    assert.equal(
      report.tokens,
      lines.reduce((sum, { ids }) => sum + ids.length, 0),
    );
    assert.ok((api.reportText() ?? '').includes(report.tokens.toLocaleString('en')));
    const told = api.messages().length;
    assert.equal(await train(), undefined);
    assert.match(api.messages().slice(told).join('\n'), /ko\.model/);
  });

  it('grow the model', async () => {
    const { api } = await installed();
    const report = await vscode.commands.executeCommand<{ newSize: number; out: string } | undefined>(
      'bllossom.expandModel',
      {
        model: inWorkspace('models/base'),
        tokenizer: inWorkspace(merged),
        out: inWorkspace('models/merged'),
      },
    );
    assert.ok(report, api.messages().at(-1));
    const config = JSON.parse(await readFile(inWorkspace('models/merged/config.json'), 'utf8')) as {
      vocab_size: number;
    };
    assert.equal(config.vocab_size, report.newSize);
    assert.match(api.reportText() ?? '', /model\.embed_tokens\.weight\t[\d.]+ ± [\d.]+\t[\d.]+ ± [\d.]+/);
  });

  it('that exist already are not written over', async () => {
    const { api } = await installed();
    const told = api.messages().length;
    const out = inWorkspace('tokenizers/merged');
    const arguments_ = { base: inWorkspace(base), add: inWorkspace('tokenizers/korean.model'), out };
    assert.equal(await vscode.commands.executeCommand('bllossom.mergeVocabularies', arguments_), undefined);
    assert.match(api.messages().slice(told).join('\n'), /tokenizers\/merged/);
  });

  it('in a broken file are refused with its name, and the old tokenizer stays', async () => {
    const { api } = await installed();
    const told = api.messages().length;
    const broken = inWorkspace('tokenizers/broken.model');
    await writeFile(broken, (await readFile(inWorkspace(base))).subarray(0, 5000));
    await vscode.commands.executeCommand('bllossom.selectTokenizer', broken);
    await until(
      'a message',
      () =>
        api
          .messages()
          .slice(told)
          .find((text) => text.includes('broken.model')),
      10,
    );
    const { document } = await openFile('reading.ko.md');
    assert.match(api.tokenCounts(document.uri.toString())?.tokenizer.path ?? '', /base\.model$/);
    await vscode.workspace.fs.delete(vscode.Uri.file(broken));
  });
});
