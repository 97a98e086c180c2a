/**
 * Questions to a model in the text: a comment thread at the cursor, into which the answer streams.
 * The question goes in the words of the template that the setting names (the model's own where it says `auto`), with the selected
 * text as what it is about and the thread's earlier turns before it where the template has a place for them; or as it stands.
 * `bllossom.ask({question, model?, adapter?, maxTokens?, temperature?, template?})` asks nothing, and resolves with the answer.
 */
import * as vscode from 'vscode';
import type { Chat } from '../../server/src/protocol.ts';
import { ChatChunk } from '../../server/src/protocol.ts';
import { Conversation, modelName } from './conversation.ts';
import { isText } from './countedDocuments.ts';
import type { ModelsFeature } from './models.ts';
import { numberOption, optionsOf, textOption } from './options.ts';
import type { Workbench } from './workbench.ts';

export interface AskFeature {
  /** The texts of each thread's comments: question and answer by turns. */
  threads(): readonly (readonly string[])[];
}

/** An answer asked for again is sampled at this temperature: the greedy one would come out the same. */
const againTemperature = 0.8;

export function registerAsk(workbench: Workbench, models: ModelsFeature): AskFeature {
  const { extension, server, messages } = workbench;
  const controller = vscode.comments.createCommentController('bllossom.ask', vscode.l10n.t('Bllossom questions'));
  controller.options = {
    prompt: vscode.l10n.t('Ask the model'),
    placeHolder: vscode.l10n.t('A question, or a text to go on with'),
  };
  const conversations = new Map<vscode.CommentThread, Conversation>();

  const open = async (argument?: unknown): Promise<Chat.Answer | undefined> => {
    try {
      const options = { ...optionsOf(argument, 'question'), ...optionsOf(argument, 'model') };
      const editor = vscode.window.activeTextEditor;
      if (editor === undefined || !isText(editor.document)) {
        void messages.info(vscode.l10n.t('Open a text first: the answer comes at its cursor.'));
        return undefined;
      }
      const { document, selection } = editor;
      const model = 'model' in options ? await models.choose(options) : (models.chosen() ?? (await models.choose()));
      if (model === undefined) return undefined;
      const question = textOption(options, 'question') ?? (await askForQuestion(modelName(model)));
      if (question === undefined) return undefined;
      const thread = controller.createCommentThread(document.uri, new vscode.Range(selection.end, selection.end), []);
      const conversation = new Conversation(
        server,
        thread,
        model,
        selection.isEmpty ? '' : document.getText(selection),
      );
      conversations.set(thread, conversation);
      const maxTokens = numberOption(options, 'maxTokens');
      const temperature = numberOption(options, 'temperature');
      return await conversation.ask(question, {
        template: textOption(options, 'template') ?? templateSetting(document),
        ...(maxTokens === undefined ? {} : { maxTokens }),
        ...(temperature === undefined ? {} : { temperature }),
      });
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  const of = (thread: vscode.CommentThread | undefined): Conversation | undefined =>
    thread === undefined ? [...conversations.values()].at(-1) : conversations.get(thread);

  extension.subscriptions.push(
    controller,
    vscode.commands.registerCommand('bllossom.ask', open),
    vscode.commands.registerCommand('bllossom.askSubmit', ({ thread, text }: vscode.CommentReply) =>
      of(thread)?.ask(text, { template: templateSetting(thread) }),
    ),
    vscode.commands.registerCommand('bllossom.askAsItStands', (thread?: vscode.CommentThread) =>
      of(thread)?.again({ template: 'none' }),
    ),
    vscode.commands.registerCommand('bllossom.askAgain', (thread?: vscode.CommentThread) =>
      of(thread)?.again({ temperature: againTemperature, seed: Math.floor(Math.random() * 2 ** 31) }),
    ),
    vscode.commands.registerCommand('bllossom.askStop', (thread?: vscode.CommentThread) => of(thread)?.stop()),
    vscode.commands.registerCommand('bllossom.askClose', (thread?: vscode.CommentThread) => {
      const conversation = of(thread);
      if (conversation === undefined) return;
      conversations.delete(conversation.thread);
      conversation.dispose();
    }),
    server.on(ChatChunk.type, (chunk) => {
      for (const conversation of conversations.values()) conversation.add(chunk);
    }),
  );
  return { threads: () => [...conversations.values()].map((conversation) => conversation.texts()) };
}

const templateSetting = ({ uri }: { readonly uri: vscode.Uri }): string =>
  vscode.workspace.getConfiguration('bllossom.ask', uri).get<string>('template', 'auto');

/**
 * The first question is typed into the editor's own box, which has the focus: an extension cannot give it to the empty
 * reply box of a thread, so that what is typed would go into the text. Further questions are replies in the thread.
 */
async function askForQuestion(model: string): Promise<string | undefined> {
  const question = await vscode.window.showInputBox({
    title: vscode.l10n.t('Ask {0}', model),
    placeHolder: vscode.l10n.t('A question, or a text to go on with'),
    prompt: vscode.l10n.t('The answer comes at the cursor.'),
  });
  return question === undefined || question.trim() === '' ? undefined : question;
}
