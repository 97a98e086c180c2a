/**
 * Who judges, as the engine's `Judge`: a language model of the editor's, asked through the client; an address; or a model of this
 * machine, asked through the inference host, where questions to other features wait for no more than the one under way.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import type { Problem, Result } from '../../engine/src/base/problem.ts';
import { ok, problemLine } from '../../engine/src/base/problem.ts';
import { fileProblem } from '../../engine/src/base/fileProblem.ts';
import { httpJudge, type Judge, JudgeError } from '../../engine/src/preference/index.ts';
import { fingerprint } from '../../engine/src/preference/sides.ts';
import type { Context } from './context.ts';
import { EditorCount, EditorJudge } from './protocol.ts';
import type { PreferenceJudge } from './protocol.ts';

/** Requests to a provider of the editor's that are under way at once: it may count them by the minute. */
const editorConcurrency = 2;
/** Most tokens of a reply. */
export const replyTokens = 1024;
/** An editor's model takes no bound: its replies are read so far, where a token has seldom more characters. */
const charactersPerToken = 8;
/** Texts that are counted for an estimate; the others are taken to be like them. */
const countedTexts = 64;

/** With the proxy that stands between, where there is one. */
export async function judgeOf(
  context: Context,
  judge: PreferenceJudge,
): Promise<Result<Judge & { readonly proxy?: string | undefined }>> {
  switch (judge.kind) {
    case 'editor':
      return ok(editorJudge(context.connection, judge));
    case 'address': {
      const { url, model, key } = judge;
      const proxy = await context.proxy();
      return httpJudge({ url, model, maxTokens: replyTokens, proxy, ...(key === undefined ? {} : { key }) });
    }
    case 'model':
      return hostJudge(context, judge);
    default:
      return judge satisfies never;
  }
}

type Of<K extends PreferenceJudge['kind']> = Extract<PreferenceJudge, { readonly kind: K }>;

async function hostJudge({ host, settings }: Context, { model, adapter }: Of<'model'>): Promise<Result<Judge>> {
  const directories = [model, ...(adapter === undefined ? [] : [adapter])];
  let print: string;
  try {
    print = await fingerprint(directories);
  } catch (error) {
    return fileProblem(error, model);
  }
  const asked = { model, ...(adapter === undefined ? {} : { adapter }) };
  /** It has no template: what a system text says stands before the question. */
  let plain = false;
  const name = path.basename((adapter ?? model).replace(/[\\/]final$/, ''));
  return ok({
    name,
    identity: JSON.stringify(['host', print, replyTokens]),
    async ask(messages, signal) {
      const say = (role: 'system' | 'user') =>
        messages
          .filter((message) => message.role === role)
          .map(({ content }) => content)
          .join('\n\n');
      const { engine } = await settings();
      const put = (texts: { readonly prompt: string; readonly system?: string }) =>
        host.generate(
          {
            ...{ ...asked, ...texts, backend: engine.backend, requestId: randomUUID(), template: 'auto' },
            ...{ maxTokens: replyTokens, temperature: 0 },
          },
          () => undefined,
          signal,
        );
      const question = () =>
        plain ? { prompt: `${say('system')}\n\n${say('user')}\n\n` } : { prompt: say('user'), system: say('system') };
      let answer = await put(question());
      signal.throwIfAborted();
      if (!plain && !answer.ok && / no place for a system text/.test(answer.problem.what)) {
        plain = true;
        answer = await put(question());
      }
      signal.throwIfAborted();
      if (!answer.ok) throw new JudgeError(faultOf(answer.problem), problemLine(answer.problem).replace(/\.$/, ''));
      const { text, reason, promptTokens, newTokens } = answer.value;
      const finish = reason === 'stop' ? 'stop' : 'length';
      return { text, finish, promptTokens, replyTokens: newTokens };
    },
  });
}

/** A question that is too long fails alone; a model that cannot be read fails for all; a host that died is started anew. */
const faultOf = ({ what, where }: Problem): JudgeError['fault'] =>
  / window /.test(what) ? 'item' : where === undefined ? 'again' : 'stop';

function editorJudge(connection: Connection, { id, name }: Of<'editor'>): Judge {
  return {
    name,
    identity: JSON.stringify(['editor', id]),
    concurrency: editorConcurrency,
    async ask(messages, signal) {
      const source = new CancellationTokenSource();
      const cancel = () => source.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        const params: EditorJudge.Params = { model: id, messages, mostCharacters: replyTokens * charactersPerToken };
        const answer = await connection
          .sendRequest<EditorJudge.Answer>(EditorJudge.method, params, source.token)
          .catch((error: unknown) => {
            signal.throwIfAborted();
            throw new JudgeError('again', `the editor did not answer (${(error as Error).message})`);
          });
        signal.throwIfAborted();
        if (!('error' in answer)) return answer;
        const { fault, error, remedy } = answer;
        throw new JudgeError(fault, error, remedy === undefined ? {} : { remedy });
      } finally {
        signal.removeEventListener('abort', cancel);
        source.dispose();
      }
    },
  };
}

/**
 * Counts as an editor's model counts, by its own count of some of the texts and, for the others, by what theirs comes to in tokens a
 * byte. undefined where it counts nothing.
 */
export async function editorTokens(
  connection: Connection,
  model: string,
  texts: readonly string[],
): Promise<((text: string) => number) | undefined> {
  const each = Math.max(1, Math.ceil(texts.length / countedTexts));
  const some = [...new Set(texts.filter((_, i) => i % each === 0))];
  const params: EditorCount.Params = { model, texts: some };
  const { tokens } = await connection
    .sendRequest<EditorCount.Answer>(EditorCount.method, params)
    .catch((): EditorCount.Answer => ({ tokens: [] })); // an estimate goes without
  const known = new Map(some.slice(0, tokens.length).map((text, i) => [text, tokens[i]!]));
  const bytes = [...known.keys()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes === 0) return undefined;
  const perByte = tokens.reduce((sum, n) => sum + n, 0) / bytes;
  return (text) => known.get(text) ?? Math.ceil(Buffer.byteLength(text) * perByte);
}
