/**
 * Judges: a language model of the editor's, an OpenAI-compatible address, or a model here. What would be sent is told before anything
 * is; the key of an address lies in the editor's secret storage. `bllossom.judgePreference({directory, judge, send: true})` asks
 * nothing; `judge` is `{editor: ID}`, `{url, model}` or `{model, adapter?}`.
 */
import * as vscode from 'vscode';
import type { PreferenceJudge } from '../../server/src/protocol.ts';
import { JudgePlan, JudgePreference } from '../../server/src/protocol.ts';
import { editorModels, registerEditorJudge } from './editorJudge.ts';
import { count, short } from './figures.ts';
import { addressFault, keyName } from './judgeAddress.ts';
import type { ModelsFeature } from './models.ts';
import { type Options, optionsOf, textOption } from './options.ts';
import { pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { engineWords } from './problemLines.ts';
import { withProgress } from './progress.ts';
import type { Workbench } from './workbench.ts';

const addressKey = 'bllossom.judgeAddress';

interface Features {
  readonly models: ModelsFeature;
  choose(argument: unknown, title: string): Promise<string | undefined>;
  onVerdicts(directory: string): void;
  showResult(directory: string): void;
}

interface Address {
  readonly url: string;
  readonly model: string;
}

export function registerPreferenceJudge(workbench: Workbench, features: Features): void {
  const { extension, server, messages } = workbench;

  const judge = async (argument?: unknown): Promise<JudgePreference.Answer | undefined> => {
    let chosenDirectory: string | undefined;
    try {
      const options = optionsOf(argument, 'judge');
      const directory = await features.choose(argument, vscode.l10n.t('Ask a Judge'));
      if (directory === undefined) return undefined;
      chosenDirectory = directory;
      const chosen =
        'judge' in options ? await givenJudge(extension, options['judge']) : await askJudge(workbench, features.models);
      if (chosen === undefined) return undefined;
      const plan = await server.request(JudgePlan.type, { directory, judge: chosen });
      if (plan.open === 0) {
        void messages.info(vscode.l10n.t('{0} has judged all prompts already.', plan.name));
        features.showResult(directory);
        return undefined;
      }
      if (options['send'] !== true && plan.requests > 0 && !(await confirm(plan, chosen))) return undefined;
      const answer = await withProgress(server, vscode.l10n.t('{0} judges', plan.name), (token, workDoneToken) =>
        server.request(JudgePreference.type, { directory, judge: chosen, workDoneToken }, token),
      ).finally(() => features.onVerdicts(directory));
      features.showResult(directory);
      tell(workbench, plan.name, answer, () => judge({ directory }));
      return answer;
    } catch (error) {
      const again = chosenDirectory === undefined ? [] : [askAgain(() => judge({ directory: chosenDirectory }))];
      void messages.failure(error, again);
      return undefined;
    }
  };

  const setKey = async (): Promise<void> => {
    try {
      const url = await askAddress(extension);
      if (url !== undefined) await askKey(extension, url, true);
    } catch (error) {
      void messages.failure(error);
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.judgePreference', judge),
    vscode.commands.registerCommand('bllossom.setJudgeKey', setKey),
    registerEditorJudge(server),
  );
}

/** What would be sent, in a window of its own: nothing goes out before its button is pressed. */
async function confirm(plan: JudgePlan.Answer, judge: PreferenceJudge): Promise<boolean> {
  const send = judge.kind === 'model' ? vscode.l10n.t('Judge') : vscode.l10n.t('Send');
  const where = {
    editor: vscode.l10n.t('Prompts and answers go to the provider of {0}, through the editor.', plan.name),
    address: judge.kind === 'address' ? vscode.l10n.t('Prompts and answers go to {0}.', judge.url) : '',
    model: vscode.l10n.t('The model runs here; nothing leaves this machine.'),
  }[judge.kind];
  const lines = [
    fill(
      vscode.l10n.t('{0} {0|prompt|prompts} in both orders: {1} {1|request|requests}.'),
      count(plan.prompts),
      count(plan.requests),
    ),
    plan.counted === 'model'
      ? vscode.l10n.t('{0} tokens to read by its own count, about {1} to write at most.', ...tokensOf(plan))
      : vscode.l10n.t('About {0} tokens to read, at most {1} to write.', ...tokensOf(plan)),
    ...(plan.cached === 0
      ? []
      : [
          fill(
            vscode.l10n.t(
              '{0} {0|verdict is there already and is|verdicts are there already and are} not asked for again.',
            ),
            count(plan.cached),
          ),
        ]),
    where,
    ...(plan.proxy === undefined ? [] : [vscode.l10n.t('The way leads through the proxy {0}.', plan.proxy)]),
  ];
  const title = vscode.l10n.t('Have {0} judge?', plan.name);
  const options = { modal: true, detail: lines.join('\n') };
  return (await vscode.window.showInformationMessage(title, options, send)) === send;
}

const tokensOf = ({ tokens, answerTokens }: JudgePlan.Answer): [string, string] => [short(tokens), short(answerTokens)];

const askAgain = (run: () => unknown) => ({ label: vscode.l10n.t('Ask Again'), run });

function tell({ messages }: Workbench, name: string, answer: JudgePreference.Answer, again: () => unknown): void {
  const { verdicts, errors, problems, stopped, tokens, answerTokens = 0 } = answer;
  const figures = [name, count(verdicts), count(errors)];
  const said =
    problems[0] === undefined
      ? fill(vscode.l10n.t('{0}: {1} {1|verdict|verdicts}, {2} {2|error|errors}.'), ...figures)
      : fill(
          vscode.l10n.t('{0}: {1} {1|verdict|verdicts}, {2} {2|error|errors} ({3}).'),
          ...figures,
          engineWords(problems[0].text),
        );
  const cost =
    tokens === undefined
      ? ''
      : ` ${fill(vscode.l10n.t('{0} {0|token|tokens} read, {1} written.'), count(tokens), count(answerTokens))}`;
  const text = `${said}${cost}`;
  if (errors > 0) void messages.warn(text, [askAgain(again)]);
  else void messages.info(stopped ? `${text} ${vscode.l10n.t('Stopped; asking again goes on from here.')}` : text);
}

async function askJudge(workbench: Workbench, models: ModelsFeature): Promise<PreferenceJudge | undefined> {
  const { extension } = workbench;
  const title = vscode.l10n.t('Ask a Judge: who');
  const heading = (label: string) => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    take: () => Promise.resolve(undefined),
  });
  const [editor, local] = await Promise.all([editorModels(), models.list()]);
  const items: (vscode.QuickPickItem & { take(): Promise<PreferenceJudge | undefined> })[] = [
    ...(editor.length === 0 ? [] : [heading(vscode.l10n.t('Language models of the editor'))]),
    ...editor.map(({ id, name, vendor, family }) => ({
      label: `$(sparkle) ${name}`,
      description: [vendor, family].join(' · '),
      take: () => Promise.resolve({ kind: 'editor', id, name } as const),
    })),
    heading(vscode.l10n.t('Over the network')),
    {
      label: `$(globe) ${vscode.l10n.t('An OpenAI-compatible address…')}`,
      take: () => askForAddress(extension),
    },
    heading(vscode.l10n.t('On this machine')),
    ...local
      .filter(({ problem }) => problem === undefined)
      .map((model) => ({
        label: `$(${model.kind === 'adapter' ? 'layers' : 'circuit-board'}) ${model.name}`,
        description: readable(model.path),
        take: async () => {
          const chosen = await models.resolve(model.path);
          return chosen === undefined ? undefined : ({ kind: 'model', ...chosen } as const);
        },
      })),
  ];
  const item = await vscode.window.showQuickPick(items, { title, matchOnDescription: true, ignoreFocusOut: true });
  return item?.take();
}

async function givenJudge(extension: vscode.ExtensionContext, value: unknown): Promise<PreferenceJudge | undefined> {
  const options = (typeof value === 'object' && value !== null ? value : {}) as Options;
  const [url, model, id] = [textOption(options, 'url'), textOption(options, 'model'), textOption(options, 'editor')];
  if (id !== undefined) {
    const name = (await editorModels()).find((one) => one.id === id)?.name ?? id;
    return { kind: 'editor', id, name };
  }
  if (model === undefined) throw new Error(vscode.l10n.t('A judge is {editor}, {url, model} or {model}.'));
  if (url !== undefined && addressFault(url) === 'form')
    throw new Error(vscode.l10n.t('An address begins with https:// or http://.'));
  if (url !== undefined) return withKey(url, model, await extension.secrets.get(keyName(url)));
  const adapter = pathOf(textOption(options, 'adapter'));
  return { kind: 'model', model: pathOf(model) ?? model, ...(adapter === undefined ? {} : { adapter }) };
}

const withKey = (url: string, model: string, key: string | undefined): PreferenceJudge => ({
  kind: 'address',
  url,
  model,
  ...(key === undefined || key === '' ? {} : { key }),
});

async function askForAddress(extension: vscode.ExtensionContext): Promise<PreferenceJudge | undefined> {
  const url = await askAddress(extension);
  if (url === undefined) return undefined;
  const before = extension.globalState.get<Address>(addressKey);
  const model = await vscode.window.showInputBox({
    title: vscode.l10n.t('Ask a Judge: the model at this address'),
    prompt: vscode.l10n.t('Its name, as the address knows it'),
    ...(before?.url === url ? { value: before.model } : {}),
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Give the name of a model.') : undefined),
  });
  if (model === undefined) return undefined;
  const key = (await extension.secrets.get(keyName(url))) ?? (await askKey(extension, url));
  if (key === undefined) return undefined;
  await extension.globalState.update(addressKey, { url, model: model.trim() } satisfies Address);
  return withKey(url, model.trim(), key);
}

async function askAddress(extension: vscode.ExtensionContext): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Ask a Judge: the address'),
    prompt: vscode.l10n.t('Where chat completions are answered, up to and with /v1'),
    placeHolder: 'https://api.openai.com/v1',
    value: extension.globalState.get<Address>(addressKey)?.url ?? '',
    ignoreFocusOut: true,
    validateInput: (value) => {
      switch (addressFault(value.trim())) {
        case undefined:
          return undefined;
        case 'form':
          return vscode.l10n.t('An address begins with https:// or http://.');
        case 'secret':
          return vscode.l10n.t('Leave user name, password and query out: the key is asked for by itself.');
        case 'plain':
          return vscode.l10n.t(
            'Over http:// a key and texts could be read by others on the way: use https:// outside your own network.',
          );
      }
    },
  });
  return answer?.trim().replace(/\/+$/, '');
}

/** The key of an address, kept in the editor's secret storage; empty where it needs none. undefined where the box is closed. */
async function askKey(extension: vscode.ExtensionContext, url: string, told = false): Promise<string | undefined> {
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t('Key for {0}', new URL(url).host),
    prompt: vscode.l10n.t('Kept in the editor’s secret storage, never in settings. Empty: no key, and none is kept.'),
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) return undefined;
  if (key.trim() === '') await extension.secrets.delete(keyName(url));
  else await extension.secrets.store(keyName(url), key.trim());
  if (told)
    vscode.window.setStatusBarMessage(
      key.trim() === '' ? vscode.l10n.t('Key removed') : vscode.l10n.t('Key kept'),
      3000,
    );
  return key.trim();
}
