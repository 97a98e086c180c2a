/** One thread of questions and answers: what was asked, the answer as it streams, how it ended. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ChatChunk } from '../../server/src/protocol.ts';
import { Chat } from '../../server/src/protocol.ts';
import { count, figure } from './figures.ts';
import type { LanguageServer } from './languageServer.ts';
import type { ChosenModel } from './models.ts';
import { plainMarkdown } from './markdown.ts';
import { fill } from './plural.ts';
import { lineOf } from './problemLines.ts';
import { isCancelled } from './problems.ts';

export interface AskOptions {
  readonly maxTokens?: number;
  /** 0 is greedy, the default. */
  readonly temperature?: number;
  readonly seed?: number;
  /** A template's name; `auto`: the model's own, the default; `none`: as it stands. */
  readonly template?: string;
}

interface Turn {
  readonly question: string;
  answer: string;
  /** Beside the answer: how it goes, or how it ended. */
  label: string;
  failed: boolean;
}

/** The thread is drawn anew at most this often while an answer streams. */
const drawEveryMs = 80;

export class Conversation {
  readonly thread: vscode.CommentThread;
  readonly #server: LanguageServer;
  readonly #model: ChosenModel;
  readonly #context: string;
  readonly #turns: Turn[] = [];
  #options: AskOptions = {};
  #request: { readonly id: string; readonly cancel: vscode.CancellationTokenSource; readonly turn: Turn } | undefined;
  #drawing: NodeJS.Timeout | undefined;
  #disposed = false;

  /** `context`: text selected when the thread was opened; each question is about it. */
  constructor(server: LanguageServer, thread: vscode.CommentThread, model: ChosenModel, context: string) {
    this.thread = thread;
    this.#server = server;
    this.#model = model;
    this.#context = context;
    thread.label = [
      vscode.l10n.t('Ask {0}', modelName(this.#model)),
      ...(context === ''
        ? []
        : [fill(vscode.l10n.t('below the {0} selected {0|character|characters}'), Array.from(context).length)]),
    ].join(' · ');
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    thread.canReply = true;
    thread.contextValue = 'open';
  }

  texts(): readonly string[] {
    return this.#turns.flatMap(({ question, answer }) => [question, answer]);
  }

  /** Asks, and resolves with the answer; undefined where it failed (the thread says why) or was stopped before its start. */
  async ask(question: string, options: AskOptions = {}): Promise<Chat.Answer | undefined> {
    if (this.#request !== undefined) this.stop();
    this.#options = options;
    const turn: Turn = { question, answer: '', label: vscode.l10n.t('thinking…'), failed: false };
    this.#turns.push(turn);
    return this.#run(turn, options);
  }

  /** Asks the last question once more, in place of its answer. */
  async again(options: AskOptions): Promise<Chat.Answer | undefined> {
    const turn = this.#turns.at(-1);
    if (turn === undefined) return undefined;
    this.stop();
    turn.answer = '';
    turn.failed = false;
    turn.label = vscode.l10n.t('thinking…');
    return this.#run(turn, { ...this.#options, ...options });
  }

  stop(): void {
    this.#request?.cancel.cancel();
  }

  /** Takes a piece of an answer, where it is of this thread's. */
  add({ requestId, text }: ChatChunk.Params): void {
    const request = this.#request;
    if (request?.id !== requestId) return;
    request.turn.answer += text;
    request.turn.label = vscode.l10n.t('answering…');
    this.#drawing ??= setTimeout(() => this.#draw(), drawEveryMs);
  }

  dispose(): void {
    this.#disposed = true;
    this.stop();
    clearTimeout(this.#drawing);
    this.thread.dispose();
  }

  async #run(turn: Turn, options: AskOptions): Promise<Chat.Answer | undefined> {
    const request = { id: randomUUID(), cancel: new vscode.CancellationTokenSource(), turn };
    this.#request = request;
    this.#draw();
    const params: Chat.Params = {
      ...this.#model,
      requestId: request.id,
      prompt: turn.question,
      template: options.template ?? 'auto',
      ...(this.#context === '' ? {} : { input: this.#context }),
      history: this.#before(turn),
      maxTokens: options.maxTokens ?? 256,
      temperature: options.temperature ?? 0,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    };
    try {
      const answer = await this.#server.request(Chat.type, params, request.cancel.token);
      turn.answer = answer.text;
      turn.label = endLabel(answer, params.temperature ?? 0);
      return answer;
    } catch (error) {
      if (isCancelled(error)) turn.label = vscode.l10n.t('stopped');
      else {
        turn.failed = true;
        turn.label = vscode.l10n.t('failed');
        turn.answer = lineOf(error);
      }
      return undefined;
    } finally {
      request.cancel.dispose();
      if (this.#request === request) this.#request = undefined;
      this.#draw();
    }
  }

  /** The questions before this one that have been answered. */
  #before(turn: Turn): { readonly question: string; readonly answer: string }[] {
    return this.#turns
      .slice(0, this.#turns.indexOf(turn))
      .filter(({ answer, failed }) => !failed && answer !== '')
      .map(({ question, answer }) => ({ question, answer }));
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#disposed) return;
    this.thread.contextValue = this.#request === undefined ? 'answered' : 'asking';
    this.thread.comments = this.#turns.flatMap((turn) => [
      comment(vscode.l10n.t('You'), new vscode.MarkdownString(plainMarkdown(turn.question))),
      comment(modelName(this.#model), answerText(turn), turn.label),
    ]);
  }
}

/** A model's name for people; a run's `final` bears the run's. */
export function modelName({ model, adapter }: ChosenModel): string {
  const directory = adapter ?? model;
  const name = path.basename(directory);
  return name === 'final' ? `${path.basename(path.dirname(directory))}/final` : name;
}

const comment = (author: string, body: vscode.MarkdownString, label?: string): vscode.Comment => ({
  author: { name: author },
  body,
  mode: vscode.CommentMode.Preview,
  ...(label === undefined ? {} : { label }),
});

function answerText({ answer, failed }: Turn): vscode.MarkdownString {
  const text = new vscode.MarkdownString(plainMarkdown(answer === '' ? '…' : answer));
  if (!failed) return text;
  text.isTrusted = { enabledCommands: ['bllossom.chooseModel', 'bllossom.showLog'] };
  const link = (label: string, command: string) => `[${label}](command:bllossom.${command})`;
  return text.appendMarkdown(
    `\n\n${link(vscode.l10n.t('Choose another model'), 'chooseModel')} · ${link(vscode.l10n.t('Show Log'), 'showLog')}`,
  );
}

function endLabel(answer: Chat.Answer, temperature: number): string {
  const { newTokens, tokensPerSecond, reason, template, turns } = answer;
  return [
    template === undefined ? vscode.l10n.t('as it stands') : vscode.l10n.t('template {0}', template),
    ...(turns === 0 ? [] : [fill(vscode.l10n.t('after {0} earlier {0|turn|turns}'), turns)]),
    fill(vscode.l10n.t('{0} {0|token|tokens}'), count(newTokens)),
    vscode.l10n.t('{0} tok/s', figure(tokensPerSecond)),
    ...(temperature === 0 ? [] : [vscode.l10n.t('temperature {0}', temperature)]),
    reasonWord(reason),
  ].join(' · ');
}

function reasonWord(reason: Chat.Answer['reason']): string {
  switch (reason) {
    case 'stop':
      return vscode.l10n.t('ended by itself');
    case 'length':
      return vscode.l10n.t('cut at its longest');
    case 'context':
      return vscode.l10n.t('the context is full');
    case 'cancelled':
      return vscode.l10n.t('stopped');
    default:
      return reason satisfies never;
  }
}
