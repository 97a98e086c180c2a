/** What can be done about what the linter found: mend a place, all places of a rule, or silence it; and `source.fixAll` on saving. */
import { CodeActionKind } from 'vscode-languageserver/node';
import type { CancellationToken, ClientCapabilities, CodeAction, Diagnostic, Range } from 'vscode-languageserver/node';
import {
  type Edit,
  type Finding,
  fixAll,
  fixTitle,
  type Language,
  type Rule,
  ruleOf,
  savedWords,
  together,
  type Together,
} from '../../engine/src/lint/index.ts';
import { fixAllKind } from './codeActions.ts';
import type { Context } from './context.ts';
import * as shapes from './params.ts';
import { LintDocuments, type Linted } from './lintDocuments.ts';
import { suppression } from './lintSuppression.ts';

const phrases = {
  en: {
    all: (id: string) => `Fix all ${id} in this file`,
    here: (id: string) => `Suppress ${id} here`,
    file: (id: string) => `Suppress ${id} in this file`,
    off: (id: string) => `Turn off ${id}`,
    safe: 'Fix what costs tokens and alters nothing that is seen',
  },
  ko: {
    all: (id: string) => `이 파일의 ${id} 모두 고치기`,
    here: (id: string) => `여기서 ${id} 끄기`,
    file: (id: string) => `이 파일에서 ${id} 끄기`,
    off: (id: string) => `${id} 규칙 끄기`,
    safe: '보이는 것은 그대로 두고 토큰만 아끼도록 모두 고치기',
  },
} as const;

interface Options {
  readonly linted: LintDocuments;
  readonly language: Language;
  readonly capabilities: ClientCapabilities;
}

/** What an action carries until it is resolved. */
interface Unresolved {
  readonly uri: string;
  readonly version: number;
  readonly rule: string;
}

export function registerLintActions(context: Context, { linted, language, capabilities }: Options): void {
  const { actions: all, connection, slices } = context;
  const resolves = capabilities.textDocument?.codeAction?.resolveSupport?.properties.includes('edit') === true;
  const words = phrases[language];
  /** What all changes of a rule come to, for a text that was linted. */
  const ofRules = new WeakMap<Linted, Map<string, Together>>();

  const editOf: typeof all.editOf = (document, edits) => all.editOf(document, edits);

  /** All changes of one rule that can be made together. Of a rule that is safe, those that are. */
  const allOf = async (found: Linted, rule: Rule, token: CancellationToken): Promise<Together | undefined> => {
    let known = ofRules.get(found);
    if (known === undefined) ofRules.set(found, (known = new Map<string, Together>()));
    const before = known.get(rule.id);
    if (before !== undefined) return before;
    const text = found.document.text.getText();
    const findings = found.findings.filter((f) => f.rule === rule && hasFix(f) && (rule.fix !== 'safe' || f.safe));
    const wanted = () => !token.isCancellationRequested && linted.holds(found);
    const all = await slices.run(together(text, findings, found.tokens?.loaded.tokenizer), wanted);
    if (all !== undefined) known.set(rule.id, all.value);
    return all?.value;
  };

  all.add(async ({ textDocument: { uri }, context: asked, range }, isWanted, token) => {
    const mine = asked.diagnostics.filter(isMine);
    const fixes = isWanted(CodeActionKind.QuickFix) && mine.length > 0;
    // Offered where it is asked for by name: nobody looks for it under a light bulb.
    const onSave = asked.only !== undefined && isWanted(fixAllKind);
    if (!fixes && !onSave) return [];
    const found = await linted.get(uri, token);
    if (found === undefined) return [];
    return [
      ...(fixes ? await quickFixes(found, mine, range, token) : []),
      ...(onSave ? await fixAllOf(found, token) : []),
    ];
  });

  const fixAllOf = async (found: Linted, token: CancellationToken): Promise<CodeAction[]> => {
    const wanted = () => !token.isCancellationRequested && linted.holds(found);
    if (!found.findings.some((finding) => finding.safe)) return [];
    const fixed = await slices.run(fixAll(LintDocuments.inputOf(found)), wanted);
    if (fixed === undefined || fixed.value.edits.length === 0) return [];
    const title = words.safe + savedWords(fixed.value.saved, language);
    return [{ title, kind: fixAllKind, edit: editOf(found.document, fixed.value.edits) }];
  };

  const quickFixes = async (
    found: Linted,
    diagnostics: readonly Diagnostic[],
    range: Range,
    token: CancellationToken,
  ): Promise<CodeAction[]> => {
    const { document, findings } = found;
    const { uri, version, text } = document;
    const kind = CodeActionKind.QuickFix;
    const actions: CodeAction[] = [];
    const silences: CodeAction[] = [];
    for (const id of new Set(diagnostics.map(({ code }) => String(code)))) {
      const ofRule = diagnostics.filter(({ code }) => code === id);
      const rule = ruleOf(id)!;
      // The editor's ranges may be those of an older text: what is there now is found again by its place.
      const here = findings.filter(
        (finding) => finding.rule === rule && ofRule.some((diagnostic) => touches(finding, diagnostic.range)),
      );
      for (const finding of here.filter(hasFix))
        actions.push({
          title: fixTitle(rule, finding, language),
          kind,
          diagnostics: ofRule.filter((diagnostic) => touches(finding, diagnostic.range)),
          isPreferred: finding.safe,
          edit: editOf(document, finding.edits),
        });
      if (here.some(hasFix)) {
        const all = await allOf(found, rule, token);
        if (all !== undefined && all.findings > 1) {
          const title = words.all(id) + savedWords(all.saved, language);
          const data: Unresolved = { uri, version, rule: id };
          const edit = resolves ? { data } : { edit: editOf(document, all.edits) };
          actions.push({ title, kind, diagnostics: ofRule, ...edit });
        }
      }
      const [first] = here;
      if (first === undefined) continue;
      const at = suppression(document, found.kind, first);
      if (at !== undefined)
        silences.push({
          title: at.whole ? words.file(id) : words.here(id),
          kind,
          diagnostics: ofRule,
          edit: editOf(document, [at.edit]),
        });
      const command = { title: words.off(id), command: 'bllossom.turnOffLintRule', arguments: [id, uri] };
      silences.push({ title: command.title, kind, diagnostics: ofRule, command });
    }
    return [...actions, ...silences];

    function touches(finding: Finding, place: Range): boolean {
      const [start, end] = [text.offsetAt(place.start), text.offsetAt(place.end)];
      const [from, to] = [text.offsetAt(range.start), text.offsetAt(range.end)];
      return finding.start <= end && start <= finding.end && finding.start <= to && from <= finding.end;
    }
  };

  connection.onCodeActionResolve(async (action, token): Promise<CodeAction> => {
    const data: unknown = action.data;
    const refused = shapes.refusal(data, { uri: shapes.text, version: shapes.whole, rule: shapes.text });
    if (refused !== undefined) return action;
    const { uri, version, rule: id } = data as Unresolved;
    const rule = ruleOf(id);
    const found = await linted.get(uri, token);
    // Of another version the title would not hold.
    if (rule === undefined || found?.document.version !== version) return action;
    const all = await allOf(found, rule, token);
    return all === undefined ? action : { ...action, edit: editOf(found.document, all.edits) };
  });
}

const isMine = ({ source, code }: Diagnostic): boolean =>
  source === 'bllossom' && typeof code === 'string' && ruleOf(code) !== undefined;

const hasFix = (finding: Finding): finding is Finding & { readonly edits: readonly Edit[] } =>
  finding.edits !== undefined && finding.edits.length > 0;
