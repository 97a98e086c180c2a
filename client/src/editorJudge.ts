/**
 * Language models of the editor, of whatever extension, as judges: asked and made to count on the server's behalf. The first
 * question makes the editor ask the user for consent, where the model's provider wants it.
 */
import * as vscode from 'vscode';
import { EditorCount, EditorJudge } from '../../server/src/protocol.ts';
import type { LanguageServer } from './languageServer.ts';
import { countsInTime, wholeReply } from './wholeReply.ts';

/** Milliseconds without a further word after which a reply has failed. */
const silenceMs = 120_000;
/** Milliseconds that counting may take, before questions and after each: what is not counted by then is guessed, or left out. */
const countingMs = 3000;

export function registerEditorJudge(server: LanguageServer): vscode.Disposable {
  const answering = [server.answer(EditorJudge.type, ask), server.answer(EditorCount.type, count)];
  return vscode.Disposable.from(...answering);
}

export async function editorModels(): Promise<readonly vscode.LanguageModelChat[]> {
  try {
    return await vscode.lm.selectChatModels();
  } catch {
    return []; // an editor without any
  }
}

async function ask(
  { model: id, messages, mostCharacters }: EditorJudge.Params,
  token: vscode.CancellationToken,
): Promise<EditorJudge.Answer> {
  const [model] = await vscode.lm.selectChatModels({ id });
  if (model === undefined)
    return { error: vscode.l10n.t('The editor has no language model {0} any more', id), fault: 'stop' };
  const stop = new vscode.CancellationTokenSource();
  const stopping = token.onCancellationRequested(() => stop.cancel());
  try {
    // The editor knows no system messages: what they say is said by the user.
    const asked = messages.map(({ content }) => vscode.LanguageModelChatMessage.User(content));
    const justification = vscode.l10n.t('It judges which of two answers to a prompt is better.');
    const response = await model.sendRequest(asked, { justification }, stop.token);
    const { text, end } = await wholeReply(response.text, { characters: mostCharacters, silenceMs });
    if (end === 'silence') {
      const error = vscode.l10n.t('{0} said nothing for {1} s', model.name, silenceMs / 1000);
      return { error, fault: 'again' };
    }
    const [promptTokens, replyTokens] = await countsInTime(
      [messages.map(({ content }) => content).join('\n'), text],
      (one) => model.countTokens(one, stop.token),
      countingMs,
    );
    return {
      ...{ text, finish: end },
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(replyTokens === undefined ? {} : { replyTokens }),
    };
  } catch (error) {
    return refusal(error, model.name);
  } finally {
    stop.cancel(); // ends what a provider would go on saying
    stop.dispose();
    stopping.dispose();
  }
}

/** What holds for every further question ends the work: no consent, no such model, a quota that is used up. */
function refusal(error: unknown, name: string): EditorJudge.Answer {
  const { message, code } =
    error instanceof vscode.LanguageModelError ? error : { message: messageOf(error), code: '' };
  const told = message.trim().replace(/\.+$/, '');
  if (code === 'NoPermissions')
    return {
      error: vscode.l10n.t('Bllossom Workbench was not allowed to use this model'),
      fault: 'stop',
      remedy: vscode.l10n.t('Ask again and choose Allow when the editor asks.'),
    };
  // Copilot tells a used-up quota by the name of its error alone.
  if (code === 'Blocked' || (error instanceof Error && /Quota/.test(error.name)))
    return {
      error: told,
      fault: 'stop',
      remedy: vscode.l10n.t('See to the quota or the settings of {0}.', name),
    };
  return { error: told, fault: code === 'NotFound' ? 'stop' : 'again' };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function count({ model: id, texts }: EditorCount.Params): Promise<EditorCount.Answer> {
  const [model] = await vscode.lm.selectChatModels({ id });
  if (model === undefined) return { tokens: [] };
  const late = new vscode.CancellationTokenSource();
  try {
    return { tokens: await countsInTime(texts, (text) => model.countTokens(text, late.token), countingMs) };
  } finally {
    late.cancel(); // of what it may still be counting nobody hears
    late.dispose();
  }
}
