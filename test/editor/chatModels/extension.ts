/**
 * Chat models with fixed rules, of another publisher than the extension that is tested: for tests of judges in the real editor. What
 * each is asked, and when it is cancelled, is written to `chat-models.jsonl` in the temporary folder, a line each.
 */
import { appendFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

const log = (line: object) => appendFileSync(path.join(os.tmpdir(), 'chat-models.jsonl'), `${JSON.stringify(line)}\n`);

interface Question {
  readonly text: string;
  /** Questions that this model was asked before. */
  readonly n: number;
}

/** How long an answer is. */
const length = ({ text }: Question, place: 'A' | 'B') =>
  (new RegExp(`-${place}>\\n([^]*?)\\n</`).exec(text)?.[1] ?? '').length;

/** As Copilot tells it. */
function usedUp(): Error {
  const error = new Error('You have used up your premium requests.');
  error.name = 'ChatQuotaExceeded';
  return error;
}

/** What a model says, part by part; undefined: words without an end. */
const rules: Readonly<Record<string, (question: Question) => readonly string[] | undefined>> = {
  /** The longer answer is the better one. Consent of the user is asked for. */
  longer: (asked) => ['Counting letters.\n', `[[${length(asked, 'A') > length(asked, 'B') ? 'A' : 'B'}]]`],
  /** Always the first. No consent is asked for. */
  first: () => ['The first.\n[[A]]'],
  /** Its quota is used up after three answers. */
  quota: ({ n }) => {
    if (n >= 3) throw usedUp();
    return ['[[C]]'];
  },
  /** Never a verdict. */
  nonsense: () => ['As a language model I like both of them.'],
  /** The first three answers come at once. */
  slow: ({ n }) => (n < 3 ? ['[[C]]'] : undefined),
};

const textOf = ({ content }: vscode.LanguageModelChatRequestMessage): string =>
  content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');

export function activate(context: vscode.ExtensionContext): void {
  const asked = new Map<string, number>();
  const provider: vscode.LanguageModelChatProvider = {
    provideLanguageModelChatInformation: () =>
      Object.keys(rules).map((id) => ({
        ...{ id, name: `Scripted ${id}`, family: 'scripted', version: '1' },
        ...{ maxInputTokens: 100_000, maxOutputTokens: 1000, capabilities: {} },
        // As providers have it that bill an account: the editor asks the user before another extension uses it.
        ...(id === 'longer' ? { requiresAuthorization: { label: 'somebody' } } : {}),
      })),
    async provideLanguageModelChatResponse({ id: model }, messages, _options, progress, token) {
      const n = asked.get(model) ?? 0;
      asked.set(model, n + 1);
      const text = messages.map(textOf).join('\n');
      log({ model, n, text });
      token.onCancellationRequested(() => log({ model, n, cancelled: true }));
      const say = (part: string) => progress.report(new vscode.LanguageModelTextPart(part));
      const parts = rules[model]!({ text, n });
      parts?.forEach(say);
      while (parts === undefined && !token.isCancellationRequested) {
        say('well, ');
        await new Promise((done) => setTimeout(done, 100));
      }
    },
    // A character: no guess from bytes gives the same for Korean.
    provideTokenCount: (_model, text) => Promise.resolve((typeof text === 'string' ? text : textOf(text)).length),
  };
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider('scripted', provider));
}
