/** What a text takes of a model's window as it would be sent (`ContextBudget`): in the template's words, with its special tokens. */
import { type Result, ok } from '../../engine/src/base/problem.ts';
import { type Dialogue, checkTokens, encodedText, segmentsOf } from '../../engine/src/data/dialogue.ts';
import { readModelTemplate } from '../../engine/src/data/modelTemplate.ts';
import type { TemplateName } from '../../engine/src/data/templates.ts';
import { inspectModelDirectory } from '../../engine/src/model/files.ts';
import { promptDialogue } from '../../engine/src/sections/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import { isPath } from './params.ts';
import { type Budget, ChosenModel, ContextBudget } from './protocol.ts';
import type { TokenizedDocument } from './tokenizedDocuments.ts';

/** Changes within so many milliseconds share a reckoning. */
const quietMs = 200;
/** Of a text that takes more than so many windows nothing but its own tokens is counted: it is over anyway. */
const farOver = 2;

/** Languages whose documents are a text for a model, as a whole. */
const reckoned = new Set(['bllossom-prompt', 'plaintext', 'markdown']);

interface KnownModel {
  readonly contextLength: number | undefined;
  readonly template: TemplateName | undefined;
}

/** What others want to know of the model that answers questions. */
export interface ChosenWindow {
  /** Its context window in tokens; undefined where no model is chosen. */
  readonly length: () => Promise<number | undefined>;
  /** Called when another model is chosen. */
  readonly onChange: (listener: () => void) => void;
}

export function registerContextBudget(context: Context): ChosenWindow {
  const { connection, documents, settings, slices, tokens, tokenizers, watch, workspace } = context;
  const due = new Map<string, NodeJS.Timeout>();
  /** Documents whose budget was told. */
  const told = new Set<string>();
  let chosen: ChosenModel.Params = {};
  let model: Promise<KnownModel> | undefined;
  const listeners: (() => void)[] = [];

  const send = (params: ContextBudget.Params) => {
    if (params.budget === null && !told.delete(params.uri)) return;
    if (params.budget !== null) told.add(params.uri);
    void connection.sendNotification(ContextBudget.type, params);
  };

  const reckon = async (uri: string): Promise<void> => {
    const now = await tokens.settled(uri);
    const set = await settings(workspace.folderOf(uri)?.uri ?? uri).catch(() => undefined);
    if (now === undefined || set === undefined) return;
    const { version } = now.document;
    const known = await (model ??= readModel(chosen));
    const window = set.context.window > 0 ? set.context.window : known.contextLength;
    if (window === undefined) {
      send({ uri, version, budget: null });
      return;
    }
    const choice = set.ask.template === 'auto' ? known.template : set.ask.template;
    const isWanted = () => documents.get(uri)?.version === version && tokens.get(uri)?.tokenized === now.tokenized;
    const use = await usedBy(now, choice === 'none' ? undefined : choice, window, isWanted);
    if (use === undefined) return; // reckoned anew for the newer text
    const from = set.context.window > 0 ? 'setting' : { model: chosen.model ?? '' };
    send({ uri, version, budget: { window, from, reserved: set.context.reservedAnswer, ...use } });
  };

  const usedBy = async (
    { document, loaded, tokenized }: TokenizedDocument,
    template: TemplateName | undefined,
    window: number,
    isWanted: () => boolean,
  ): Promise<Pick<Budget, 'used' | 'added' | 'template' | 'problem'> | undefined> => {
    if (!(await slices.countRest(tokenized, isWanted))) return undefined;
    const text = tokenized.tokens;
    const begins = loaded.tokenizer.bosId === undefined ? 0 : 1;
    const alone = { used: text + begins, added: begins };
    if (template === undefined || text > farOver * window) return alone;
    const source = document.text.getText();
    const dialogue: Dialogue =
      document.languageId === 'bllossom-prompt' ? promptDialogue(source) : { exchanges: [], question: source };
    const written = inTemplate(template, dialogue, loaded.tokenizer);
    if (!written.ok) return { ...alone, problem: written.problem };
    const count = async (parts: readonly (number | string)[]): Promise<number | undefined> => {
      let sum = 0;
      for (const part of parts) {
        const tokensOfIt = typeof part === 'number' ? part : await slices.count(loaded.tokenizer, part, isWanted);
        if (tokensOfIt === undefined) return undefined;
        sum += tokensOfIt;
      }
      return sum;
    };
    const used = await count(written.value);
    const said = document.languageId === 'bllossom-prompt' ? await count(textsOf(dialogue)) : text;
    return used === undefined || said === undefined ? undefined : { used, added: Math.max(0, used - said), template };
  };

  const schedule = (uri: string) => {
    if (due.has(uri) || !reckoned.has(documents.get(uri)?.languageId ?? '')) return;
    due.set(
      uri,
      setTimeout(() => {
        due.delete(uri);
        void reckon(uri);
      }, quietMs),
    );
  };
  const scheduleAll = () => {
    for (const { uri } of documents.all()) schedule(uri);
  };

  tokens.onChange(schedule);
  tokens.onProblem((uri) => send({ uri, version: documents.get(uri)?.version ?? 0, budget: null }));
  tokenizers.onChange(scheduleAll);
  watch.onFiles(() => {
    model = undefined;
    scheduleAll();
  });
  connection.onNotification(ChosenModel.type, (params) => {
    chosen = params;
    model = undefined;
    scheduleAll();
    for (const listener of listeners) listener();
  });
  documents.onClose((uri) => {
    clearTimeout(due.get(uri));
    due.delete(uri);
    told.delete(uri);
  });
  context.onShutdown(() => {
    for (const timer of due.values()) clearTimeout(timer);
  });
  return {
    length: async () => (await (model ??= readModel(chosen))).contextLength,
    onChange: (listener) => void listeners.push(listener),
  };
}

async function readModel({ model, adapter }: ChosenModel.Params): Promise<KnownModel> {
  if (!isPath(model)) return { contextLength: undefined, template: undefined };
  try {
    const { contextLength } = await inspectModelDirectory(model);
    return { contextLength, template: await readModelTemplate([...(isPath(adapter) ? [adapter] : []), model]) };
  } catch {
    return { contextLength: undefined, template: undefined }; // the list of models tells what is wrong with it
  }
}

/** A conversation in a template's words: texts to count each by itself, and 1 for each special token. */
function inTemplate(name: TemplateName, dialogue: Dialogue, tokenizer: Tokenizer): Result<(number | string)[]> {
  const tokens = checkTokens(name, tokenizer);
  if (!tokens.ok) return tokens;
  const segments = segmentsOf(name, dialogue);
  if (!segments.ok) return segments;
  return ok(segments.value.map((segment) => (segment.kind === 'token' ? 1 : encodedText(segment, tokenizer))));
}

/** What a person wrote of a conversation. */
const textsOf = ({ system = '', exchanges, question = '', input = '' }: Dialogue): string[] =>
  [
    system,
    ...exchanges.flatMap((exchange) => [exchange.question, exchange.input ?? '', exchange.answer]),
    question,
    input,
  ].filter((text) => text !== '');
