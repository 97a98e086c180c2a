/** What a model says in the editor: an answer in a comment thread, figures of an evaluation, diagnostics. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { bllossom, inWorkspace, installed, openFile, until } from './tools.ts';

interface Answer {
  readonly text: string;
  readonly newTokens: number;
}

/** The run that the suite of runs left behind. */
const model = 'runs/short/final';

describe('a question', () => {
  it('is answered in a thread at the cursor, as the command line answers it', async () => {
    const { api } = await installed();
    await openFile('reading.ko.md');
    // A fresh model babbles to the end, and so shows the stream best.
    const model = 'models/base';
    const question = 'The sky is';
    const threads = api.threads().length;
    const lengths = new Set<number>();
    const asked = vscode.commands.executeCommand<Answer | undefined>('bllossom.ask', {
      question,
      model: inWorkspace(model),
      maxTokens: 200,
      temperature: 0,
    });
    // Two hundred tokens take a fast backend a moment: it is looked at in every turn of the event loop.
    const state = { over: false };
    void asked.then(() => (state.over = true));
    while (!state.over) {
      lengths.add(api.threads()[threads]?.[1]?.length ?? 0);
      await new Promise(setImmediate);
    }
    const answer = await asked;
    assert.ok(answer, api.messages().at(-1));
    const args = ['--prompt', question, '--max-tokens', '200', '--temperature', '0', '--json'];
    const out = await bllossom(['generate', '--model', inWorkspace(model), ...args]);
    const line = JSON.parse(out) as Answer;
    assert.deepEqual(
      { text: answer.text, newTokens: answer.newTokens },
      { text: line.text, newTokens: line.newTokens },
    );
    const [shown, spoken] = api.threads()[threads] ?? [];
    assert.ok(shown?.includes(question));
    assert.ok(spoken?.includes(answer.text.trim()), `${String(spoken)} holds ${answer.text}`);
    assert.ok(lengths.size > 2, `the answer came in ${lengths.size - 1} pieces`);
  });

  it('to a model that is not there is refused with its name', async () => {
    const { api } = await installed();
    const told = api.messages().length;
    await vscode.commands.executeCommand('bllossom.ask', { question: 'x', model: inWorkspace('models/none') });
    const said = () => [...api.messages().slice(told), ...(api.threads().at(-1) ?? [])].join('\n');
    await until('a message', () => (said().includes('models/none') ? true : undefined), 10);
  });
});

describe('an evaluation', () => {
  it('shows the figures that the command line finds', async () => {
    const { api } = await installed();
    const tasks = ['kobest_copa'];
    const answer = await vscode.commands.executeCommand<
      { results: Record<string, Record<string, number>>; file: string } | undefined
    >('bllossom.evaluate', {
      model: inWorkspace(model),
      tasks,
      data: inWorkspace('eval'),
      limit: 8,
      out: inWorkspace('evaluations/inside'),
    });
    assert.ok(answer, api.messages().at(-1));
    const args = ['--tasks', 'kobest_copa', '--data', inWorkspace('eval'), '--limit', '8', '--json'];
    const out = await bllossom([
      'eval',
      '--model',
      inWorkspace(model),
      ...args,
      '--out',
      inWorkspace('evaluations/line'),
    ]);
    const line = JSON.parse(out) as { results: Record<string, Record<string, number>> };
    const { acc, n } = answer.results['kobest_copa'] ?? {};
    assert.deepEqual({ acc, n }, { acc: line.results['kobest_copa']?.['acc'], n: 8 });
    const page = await until('the page with its rows', () => {
      const state = api.evaluationPage(answer.file);
      return state?.total === 8 ? state : undefined;
    });
    assert.equal(page.task, 'kobest_copa');
    assert.deepEqual(page.rows, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.match(page.metrics, /acc .*macro_f1/);
    assert.equal(
      page.confusion.flat().reduce((sum, n) => sum + n, 0),
      8,
    );
  });
});

describe('the page of all results', () => {
  it('shows one’s own row beside the published ones, each column under its metric, marked where it was measured otherwise', async () => {
    const { api } = await installed();
    await vscode.commands.executeCommand('bllossom.showResults');
    const results = await until('the results', () => {
      const state = api.results();
      return state?.rows.some(([name]) => name === 'inside') === true ? state : undefined;
    });
    assert.deepEqual(results.columns.slice(0, 9), [
      ...['NLI ACC', 'STS ACC', 'SBI F1', 'YNAT ACC', 'BoolQ F1', 'HellaSwag F1', 'SentiNeg F1', 'COPA F1', 'Average'],
    ]);
    const row = (name: string) => results.rows.find(([first]) => first === name);
    assert.deepEqual(row('Bllossom-ko')?.slice(1, 10), [
      ...['49.4', '57.8', '52.9', '33.1', '73.0', '48.6', '87.9', '69.0', '58.9'],
    ]);
    // Eight of the rows alone, and one task of eight.
    assert.match(row('inside')?.[8] ?? '', /^\d+\.\d\*$/);
    assert.equal(row('inside')?.[9], row('inside')?.[8]);
  });
});

describe('the Test Explorer', () => {
  it('lists the tasks once it is looked at, and not before', async () => {
    const { api } = await installed();
    assert.deepEqual(api.tests(), []);
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    const labels = await until('the tasks', () => {
      const found = api.tests().map(({ label }) => label);
      return found.length > 0 ? found : undefined;
    });
    assert.ok(labels.includes('KoBEST COPA'), labels.join(', '));
  });
});

describe('diagnostics', () => {
  it('name the versions, the backend and why it was taken', async () => {
    const text = await vscode.commands.executeCommand<string>('bllossom.diagnostics');
    for (const word of [/Bllossom Workbench/, /Node \d+/, /backend/i]) assert.match(text, word);
  });
});
