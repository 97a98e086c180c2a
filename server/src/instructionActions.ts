/** What can be done about rows of instruction data: mend one, delete it, all of a rule, silence the rule, give a row its "input". */
import { CodeActionKind, CodeActionTriggerKind } from 'vscode-languageserver/node';
import type { CancellationToken, CodeAction, CodeActionParams, Diagnostic } from 'vscode-languageserver/node';
import {
  deletion,
  type InstructionFinding,
  rowFixes,
  rowFixTitle,
  rowInput,
  type RowRuleId,
  rowRuleIds,
  silencing,
} from '../../engine/src/instructions/index.ts';
import type { Steps } from '../../engine/src/base/steps.ts';
import type { Edit } from '../../engine/src/lint/index.ts';
import type { Context } from './context.ts';
import type { OpenDocument } from './documents.ts';
import type { CheckedRows, Instructions } from './instructions.ts';

const phrases = {
  en: {
    allSame: (rows: number) => `Delete all ${rows.toLocaleString('en')} rows that say the same as one before them`,
    allEmpty: (rows: number) => `Delete all ${rows.toLocaleString('en')} rows with an empty question or answer`,
    here: (id: string) => `Suppress ${id} in this row`,
    off: (id: string) => `Turn off ${id}`,
    input: 'Give the row an empty "input"',
  },
  ko: {
    allSame: (rows: number) => `앞의 행과 같은 행 ${rows.toLocaleString('en')}개 모두 지우기`,
    allEmpty: (rows: number) => `질문이나 답이 빈 행 ${rows.toLocaleString('en')}개 모두 지우기`,
    here: (id: string) => `이 행에서 ${id} 끄기`,
    off: (id: string) => `${id} 규칙 끄기`,
    input: '행에 빈 "input" 넣기',
  },
} as const;

const quickFix = CodeActionKind.QuickFix;
const rewrite = CodeActionKind.RefactorRewrite;

export function registerInstructionActions(context: Context, instructions: Instructions): void {
  const { actions, documents, language, slices } = context;
  const say = phrases[language];

  actions.add(async (params, isWanted, token) => {
    const { uri } = params.textDocument;
    // Asked for at every move of the cursor too: then what is wrong is worth a look, and no more.
    const invoked = params.context.triggerKind !== CodeActionTriggerKind.Automatic && isWanted(rewrite);
    const mine = isWanted(quickFix) ? params.context.diagnostics.filter(isMine) : [];
    if (mine.length === 0 && !invoked) return [];
    const fixes = mine.length === 0 ? [] : await fixesFor(params, mine, token);
    const input = invoked ? await inputFor(params, token) : undefined;
    return documents.get(uri) === undefined ? [] : [...fixes, ...(input === undefined ? [] : [input])];
  });

  const fixesFor = async (
    { textDocument: { uri }, range }: CodeActionParams,
    diagnostics: readonly Diagnostic[],
    token: CancellationToken,
  ): Promise<CodeAction[]> => {
    const checked = await instructions.findings(uri, token, { most: Infinity });
    if (checked === undefined) return [];
    const { document } = checked;
    const { text } = document;
    const [from, to] = [text.offsetAt(range.start), text.offsetAt(range.end)];
    const found: CodeAction[] = [];
    const silences: CodeAction[] = [];
    for (const id of rowRuleIds) {
      const ofRule = diagnostics.filter(({ code }) => code === id);
      // The editor's ranges may be those of an older text: what is there now is found again by its place.
      const here = checked.findings.filter(
        ({ rule, start, end }) =>
          rule === id &&
          start <= to &&
          from <= end &&
          ofRule.some((one) => start <= text.offsetAt(one.range.end) && text.offsetAt(one.range.start) <= end),
      );
      const [first] = here;
      if (first === undefined) continue;
      const action = (title: string, edits: readonly Edit[]): CodeAction => ({
        ...{ title, kind: quickFix, diagnostics: ofRule },
        edit: actions.editOf(document, edits),
      });
      for (const finding of here)
        for (const fix of (await stepped(rowFixes(finding, text.getText(), checked.kind), document, token)) ?? [])
          found.push(action(rowFixTitle(fix, language), fix.edits));
      const all = await allOf(checked, id, token);
      if (all !== undefined) found.push(action(all.title, all.edits));
      const silent = silencing(rowOf(document, first), id);
      if (silent !== undefined) silences.push(action(say.here(id), [moved(silent, first.whole.start)]));
      const command = { title: say.off(id), command: 'bllossom.turnOffLintRule', arguments: [id, uri] };
      silences.push({ title: command.title, kind: quickFix, diagnostics: ofRule, command });
    }
    return [...found, ...silences];
  };

  /** Of rules whose rows can be deleted: all of them, where they are several. */
  const allOf = async (
    { document, findings, kind }: CheckedRows,
    id: RowRuleId,
    token: CancellationToken,
  ): Promise<{ readonly title: string; readonly edits: readonly Edit[] } | undefined> => {
    if (id !== 'row-duplicate' && id !== 'row-empty') return undefined;
    const rows = new Map(findings.flatMap(({ rule, row, whole }) => (rule === id ? [[row, whole] as const] : [])));
    if (rows.size < 2) return undefined;
    const edits = await stepped(deletion(document.text.getText(), kind, [...rows.values()]), document, token);
    const title = id === 'row-duplicate' ? say.allSame(rows.size) : say.allEmpty(rows.size);
    return edits === undefined ? undefined : { title, edits };
  };

  const inputFor = async (
    { textDocument: { uri }, range }: CodeActionParams,
    token: CancellationToken,
  ): Promise<CodeAction | undefined> => {
    const document = documents.get(uri);
    if (document === undefined) return undefined;
    const row = await instructions.rowAt(document, document.text.offsetAt(range.start), token);
    const edit = row === undefined ? undefined : rowInput(row.text);
    if (row === undefined || edit === undefined) return undefined;
    return { title: say.input, kind: rewrite, edit: actions.editOf(document, [moved(edit, row.start)]) };
  };

  const stepped = async <T>(
    steps: Steps<T>,
    document: OpenDocument,
    token: CancellationToken,
  ): Promise<T | undefined> =>
    (await slices.run(steps, () => documents.get(document.uri) === document && !token.isCancellationRequested))?.value;
}

const isMine = ({ source, code }: Diagnostic): boolean =>
  source === 'bllossom' && typeof code === 'string' && (rowRuleIds as readonly string[]).includes(code);

const rowOf = ({ text }: OpenDocument, { whole }: InstructionFinding): string =>
  text.getText().slice(whole.start, whole.end);

const moved = ({ start, end, text }: Edit, by: number): Edit => ({ start: start + by, end: end + by, text });
