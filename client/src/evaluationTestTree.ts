/**
 * What stands below a task in the Test Explorer: its rows by the right answer, in pages where there are many. They come from the data file,
 * so that they are there before anything is scored; where that is not known, from an evaluation's own rows. Fetched where looked at.
 */
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import { EvaluationDetail, EvaluationRows, TaskRows } from '../../server/src/protocol.ts';
import { rowName } from './evaluationTestRows.ts';
import { count, figure, percent } from './figures.ts';
import type { LanguageServer } from './languageServer.ts';
import { fill } from './plural.ts';

/** Rows below one node. */
const pageSize = EvaluationRows.most;

/** Where a task's rows are from, and the evaluation whose results they show. */
export interface Source {
  readonly task: string;
  readonly evaluation?: EvaluationInfo;
  /** The data directory, where it holds the task's file. */
  readonly data?: string;
  readonly split?: string;
}

interface Part {
  readonly source: Source;
  /** The right answer of its rows; absent: all rows. */
  readonly gold?: number;
}

/** What a node stands for. */
export type Node =
  | { readonly kind: 'task'; readonly source: Source }
  | (Part & { readonly kind: 'subset'; readonly rows: number })
  | (Part & { readonly kind: 'page'; readonly from: number })
  | { readonly kind: 'row'; readonly source: Source; readonly id: number; readonly result?: EvaluationRows.Row };

export class TestTree {
  readonly #server: LanguageServer;
  readonly #controller: vscode.TestController;
  readonly #nodes = new WeakMap<vscode.TestItem, Node>();
  /** Rows that have been made, by their tasks and numbers. */
  readonly #rows = new Map<string, Map<number, vscode.TestItem>>();
  /** What is being made: who asks meanwhile gets the same items. */
  readonly #filling = new WeakMap<vscode.TestItem, Promise<readonly vscode.TestItem[]>>();

  constructor(server: LanguageServer, controller: vscode.TestController) {
    this.#server = server;
    this.#controller = controller;
  }

  node(item: vscode.TestItem): Node | undefined {
    return this.#nodes.get(item);
  }

  set(item: vscode.TestItem, node: Node): void {
    this.#nodes.set(item, node);
    this.#filling.delete(item);
  }

  /** Nothing stands below a task any more. */
  forget(task: string): void {
    this.#rows.delete(task);
  }

  /** A row's item, where it has been made. */
  row(task: string, id: number): vscode.TestItem | undefined {
    return this.#rows.get(task)?.get(id);
  }

  /** Makes what is below a node; answers with the rows among it. */
  fill(item: vscode.TestItem): Promise<readonly vscode.TestItem[]> {
    const known = this.#filling.get(item);
    if (known !== undefined) return known;
    const filling = this.#fill(item).finally(() => {
      if (this.#filling.get(item) === filling) this.#filling.delete(item);
    });
    this.#filling.set(item, filling);
    return filling;
  }

  async #fill(item: vscode.TestItem): Promise<readonly vscode.TestItem[]> {
    const node = this.#nodes.get(item);
    switch (node?.kind) {
      case undefined:
      case 'row':
        return [];
      case 'task': {
        const { source } = node;
        const subsets = await (source.data === undefined ? this.#evaluated(source) : this.#fromData(source));
        // It has come to stand for other rows meanwhile.
        if (this.#nodes.get(item) !== node) return this.fill(item);
        this.forget(source.task);
        item.children.replace(subsets);
        return [];
      }
      case 'subset': {
        const { source, gold, rows } = node;
        const part = { source, ...(gold === undefined ? {} : { gold }) };
        if (rows <= pageSize) return this.#fillRows(item, part, 0);
        const pages = Array.from({ length: Math.ceil(rows / pageSize) }, (_, i) => {
          const from = i * pageSize;
          const to = Math.min(rows, from + pageSize);
          const page = this.#item(`${item.id} ${from}`, vscode.l10n.t('{0} to {1}', count(from + 1), count(to)), {
            ...{ kind: 'page', from },
            ...part,
          });
          page.sortText = String(i).padStart(6, '0');
          return page;
        });
        item.children.replace(pages);
        return [];
      }
      case 'page':
        return this.#fillRows(item, node, node.from);
      default:
        return node satisfies never;
    }
  }

  /** The numbers of all rows below a node. */
  async ids(node: Node): Promise<readonly number[]> {
    if (node.kind === 'row') return [node.id];
    const [from, to] = node.kind === 'page' ? [node.from, node.from + pageSize] : [0, Infinity];
    const ids: number[] = [];
    for (let at = from; at < to; at += pageSize) {
      const some = await this.#some(node.kind === 'task' ? { source: node.source } : node, at);
      ids.push(...some.map(({ id }) => id));
      if (some.length < pageSize) break;
    }
    return ids;
  }

  #item(id: string, label: string, node: Node, uri?: vscode.Uri): vscode.TestItem {
    const item = this.#controller.createTestItem(id, label, uri);
    item.canResolveChildren = node.kind !== 'row';
    this.#nodes.set(item, node);
    return item;
  }

  /** A task's rows by their right answer, as its file has them. */
  async #fromData(asked: Source): Promise<vscode.TestItem[]> {
    const { task, data, split } = asked;
    const { available, groups, ...read } = await this.#server.request(TaskRows.type, {
      ...{ task, data: data!, from: 0, count: 0 },
      ...(split === undefined ? {} : { split }),
    });
    const source = { ...asked, split: read.split };
    if (groups.length === 0) return [this.#subset({ source }, vscode.l10n.t('all rows'), available)];
    const detail = await this.#detail(asked);
    return groups.map(({ label, gold, rows }) =>
      this.#subset({ source, gold }, label, rows, detail?.labels[gold] === label ? detail.confusion[gold] : undefined),
    );
  }

  /** The same as an evaluation has them, where the file is not known. */
  async #evaluated(source: Source): Promise<vscode.TestItem[]> {
    const detail = await this.#detail(source);
    if (detail === undefined) return [];
    const { confusion, labels, rows } = detail;
    if (labels.length === 0) return [this.#subset({ source }, vscode.l10n.t('all rows'), rows)];
    return labels.flatMap((label, gold) => {
      const predicted = confusion[gold] ?? [];
      const n = predicted.reduce((a, b) => a + b, 0);
      return n === 0 ? [] : [this.#subset({ source, gold }, label, n, predicted)];
    });
  }

  async #detail({ task, evaluation }: Source): Promise<EvaluationDetail.Answer | undefined> {
    if (evaluation?.samples?.includes(task) !== true) return undefined;
    return this.#server.request(EvaluationDetail.type, { path: evaluation.path, task });
  }

  /** `predicted`: of rows with this right answer, how many got which. */
  #subset(part: Part, label: string, rows: number, predicted?: readonly number[]): vscode.TestItem {
    const { source, gold } = part;
    const { task, split } = source;
    const text = label.trim();
    const name = gold !== undefined && /^\d+$/.test(text) ? vscode.l10n.t('answer {0}', text) : text;
    const item = this.#item(`${task}/${gold ?? 'all'}`, split === undefined ? name : `${split} · ${name}`, {
      ...{ kind: 'subset', rows },
      ...part,
    });
    const scored = (predicted ?? []).reduce((a, b) => a + b, 0);
    const share = gold === undefined || scored === 0 ? [] : [percent((predicted?.[gold] ?? 0) / scored)];
    item.description = [...share, fill(vscode.l10n.t('{0} {0|row|rows}'), count(rows))].join(' · ');
    item.sortText = String(gold ?? 0).padStart(4, '0');
    return item;
  }

  async #some(
    { source, gold }: Part,
    from: number,
  ): Promise<
    readonly { readonly id: number; readonly context: string; readonly place?: EvaluationRows.Row['place'] }[]
  > {
    const { task, evaluation, data, split } = source;
    const part = gold === undefined ? {} : { gold };
    const page = { ...part, from, count: pageSize };
    if (data !== undefined) {
      const asked = { task, data, ...(split === undefined ? {} : { split }), ...page };
      const { rows, file } = await this.#server.request(TaskRows.type, asked);
      return rows.map(({ id, context, line }) => ({ id, context, place: { file, line } }));
    }
    if (evaluation === undefined) return [];
    const query = { search: '', sort: 'row', descending: false, ...part } as const;
    const { rows } = await this.#server.request(EvaluationRows.type, {
      ...{ path: evaluation.path, task, query, from, count: pageSize },
    });
    return rows;
  }

  async #fillRows(parent: vscode.TestItem, part: Part, from: number): Promise<readonly vscode.TestItem[]> {
    const { source } = part;
    const { task, evaluation } = source;
    const rows = await this.#some(part, from);
    const scored = evaluation?.samples?.includes(task) === true ? rows.map(({ id }) => id) : [];
    const found = evaluation === undefined ? [] : await this.results(evaluation.path, task, scored);
    const results = new Map(found.map((row) => [row.id, row]));
    const made = this.#rows.get(task) ?? new Map<number, vscode.TestItem>();
    this.#rows.set(task, made);
    const items = rows.map(({ id, context, place }) => {
      const uri = place === undefined ? undefined : vscode.Uri.file(place.file);
      const item = this.#item(`${task}#${id}`, rowName(id, context), { kind: 'row', source, id }, uri);
      if (place !== undefined) item.range = new vscode.Range(place.line - 1, 0, place.line - 1, 0);
      item.sortText = String(id).padStart(8, '0');
      made.set(id, item);
      const result = results.get(id);
      if (result !== undefined) this.land(item, result);
      return item;
    });
    parent.children.replace(items);
    return items;
  }

  /** What an evaluation says of rows; none where it has no rows of the task. */
  async results(path: string, task: string, ids: readonly number[]): Promise<readonly EvaluationRows.Row[]> {
    const rows: EvaluationRows.Row[] = [];
    for (let at = 0; at < ids.length; at += pageSize) {
      const query = { search: '', sort: 'row', descending: false, ids: ids.slice(at, at + pageSize) } as const;
      const answer = await this.#server.request(EvaluationRows.type, { path, task, query, from: 0, count: pageSize });
      rows.push(...answer.rows);
    }
    return rows;
  }

  /** A result comes to a row's item, unless it is one of another row: of another split, or of a file that has changed since. */
  land(item: vscode.TestItem, result: EvaluationRows.Row): boolean {
    const node = this.#nodes.get(item);
    if (node?.kind !== 'row') return false;
    const { place, scored } = result;
    const at = place === undefined ? undefined : vscode.Uri.file(place.file).fsPath;
    if (place !== undefined && (item.uri?.fsPath !== at || item.range?.start.line !== place.line - 1)) return false;
    this.#nodes.set(item, { ...node, result });
    if (scored !== undefined) item.description = vscode.l10n.t('{0} bits per byte', figure(scored.bitsPerByte));
    return true;
  }
}
