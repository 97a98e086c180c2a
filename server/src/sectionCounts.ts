/**
 * What each section of a file costs by itself, on request (`bllossom.sectionCounts`): as inlay hints of the lines on screen, or as
 * lenses, which are counted when they come on screen. Sections are found in slices, once for a version of a document.
 */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type {
  CancellationToken,
  ClientCapabilities,
  CodeLens,
  InlayHint,
  Position,
  Range,
} from 'vscode-languageserver/node';
import { findSections, sectionText } from '../../engine/src/sections/index.ts';
import type { Section } from '../../engine/src/sections/index.ts';
import type { Context } from './context.ts';
import type { OpenDocument } from './documents.ts';
import type { LoadedTokenizer } from './tokenizers.ts';
import { type Words, wordsOf } from './words.ts';

const feature = 'sectionCounts';
/** So many lenses a document gets at most, and so many hints an answer. */
const mostLenses = 3000;
const mostHints = 500;
/** Milliseconds of looking for sections at a stretch. */
const stretch = 8;

interface Found {
  readonly document: OpenDocument;
  readonly sections: Promise<readonly Section[] | undefined>;
}

/** What a hint or a lens keeps until it is resolved. */
interface Kept {
  readonly feature: typeof feature;
  readonly uri: string;
  readonly version: number;
  readonly index: number;
}

type WorkspaceCapabilities = NonNullable<ClientCapabilities['workspace']>;

export function registerSectionCounts(context: Context, capabilities: WorkspaceCapabilities): void {
  const { connection, documents, lenses, slices, tokens, compared, tokenizers, workspace } = context;
  const found = new Map<string, Found>();
  const say = wordsOf(context.language);

  const isStale = (document: OpenDocument) => documents.get(document.uri)?.version !== document.version;

  /** Undefined where the document has changed before all were found. */
  const sectionsOf = (document: OpenDocument): Promise<readonly Section[] | undefined> => {
    const known = found.get(document.uri);
    if (known?.document.version === document.version) return known.sections;
    const sections = find(document);
    found.set(document.uri, { document, sections });
    return sections;
  };
  const find = async (document: OpenDocument): Promise<readonly Section[] | undefined> => {
    const sections: Section[] = [];
    if (document.uri.endsWith('.run.json')) return sections;
    let until = performance.now() + stretch;
    for (const section of findSections(document.text.getText(), document.languageId)) {
      // What is empty costs nothing.
      if (section !== undefined && section.start < section.end) sections.push(section);
      if (performance.now() < until) continue;
      await slices.turn();
      if (isStale(document)) return undefined;
      until = performance.now() + stretch;
    }
    return sections;
  };

  const wants = async (uri: string, form: 'codeLens' | 'inlayHints'): Promise<boolean> => {
    const set = await context.settings(workspace.folderOf(uri)?.uri ?? uri).catch(() => undefined);
    return set?.sectionCounts === form;
  };

  /** Tokens of a section's text alone; undefined where the document has changed, or nobody wants to know any more. */
  const countOf = (document: OpenDocument, section: Section, by: LoadedTokenizer, token: CancellationToken) =>
    slices.count(
      by.tokenizer,
      sectionText(document.text.getText(), section),
      () => !token.isCancellationRequested && !isStale(document),
    );

  /** The section that a hint or a lens was made for. */
  const kept = async (data: unknown) => {
    const { uri, version, index } = data as Kept;
    const now = await tokens.settled(uri);
    if (now?.document.version !== version) return undefined;
    const section = (await sectionsOf(now.document))?.[index];
    return section === undefined ? undefined : { ...now, section, other: compared.get(uri)?.loaded };
  };

  /** How many times what the same costs in English; undefined where the row does not say it in English. */
  const besideEnglish = async (
    { document, section, loaded }: { document: OpenDocument; section: Section; loaded: LoadedTokenizer },
    count: number,
    token: CancellationToken,
  ): Promise<string | undefined> => {
    if (section.english === undefined) return undefined;
    const english = await countOf(document, section.english, loaded, token);
    if (english === undefined || english === 0) return undefined;
    return say.timesEnglish((count / english).toFixed(2));
  };

  const hints = async (uri: string, range: Range, token: CancellationToken) => {
    if (!(await wants(uri, 'inlayHints'))) return [];
    const now = await tokens.settled(uri);
    if (now === undefined) return [];
    const { document, loaded } = now;
    const sections = await sectionsOf(document);
    if (sections === undefined) return overtaken(token);
    const from = document.text.offsetAt(range.start);
    const to = document.text.offsetAt(range.end);
    const answer: InlayHint[] = [];
    for (const [index, section] of sections.entries()) {
      if (section.at < from || section.at > to) continue;
      if (answer.length === mostHints) break;
      const count = await countOf(document, section, loaded, token);
      if (count === undefined) return overtaken(token);
      const before = section.kind !== 'role' && section.kind !== 'heading';
      answer.push({
        position: document.text.positionAt(section.at),
        label: words(count, undefined, say),
        paddingLeft: !before,
        paddingRight: before,
        data: { feature, uri, version: document.version, index } satisfies Kept,
      });
    }
    return answer;
  };

  connection.languages.inlayHint.on(({ textDocument, range }, token) => hints(textDocument.uri, range, token));
  connection.languages.inlayHint.resolve(async (hint, token) => {
    const it = await kept(hint.data);
    if (it === undefined) return overtaken(token);
    const { document, section, loaded, other } = it;
    const count = await countOf(document, section, loaded, token);
    const otherwise = other === undefined ? undefined : await countOf(document, section, other, token);
    if (count === undefined) return overtaken(token);
    const lines = [`${titled(section)}${words(count, undefined, say)} · ${loaded.info.name}`];
    if (other !== undefined && otherwise !== undefined)
      lines.push(`${words(count, otherwise, say)} · ${other.info.name}`);
    const times = await besideEnglish(it, count, token);
    if (times !== undefined) lines.push(times);
    return { ...hint, tooltip: lines.join('\n') };
  });

  lenses.add(async (document, token): Promise<CodeLens[]> => {
    if (!(await wants(document.uri, 'codeLens'))) return [];
    const sections = await sectionsOf(document);
    if (sections === undefined || token.isCancellationRequested) return [];
    const { uri, version } = document;
    return sections.slice(0, mostLenses).map((section, index) => {
      const at: Position = document.text.positionAt(section.at);
      return { range: { start: at, end: at }, data: { feature, uri, version, index } satisfies Kept };
    });
  });
  lenses.resolves(feature, async (lens, token) => {
    const it = await kept(lens.data);
    if (it === undefined) return overtaken(token);
    const { document, section, loaded, other } = it;
    const count = await countOf(document, section, loaded, token);
    const otherwise = other === undefined ? undefined : await countOf(document, section, other, token);
    if (count === undefined) return overtaken(token);
    const times = await besideEnglish(it, count, token);
    const title = `${titled(section)}${words(count, otherwise, say)}${times === undefined ? '' : ` · ${times}`}`;
    return { ...lens, command: { title, command: '' } };
  });

  const refresh = () => {
    const gone = () => undefined; // the editor does not answer any more
    if (capabilities.inlayHint?.refreshSupport === true) connection.languages.inlayHint.refresh().catch(gone);
    if (capabilities.codeLens?.refreshSupport === true)
      connection.sendRequest('workspace/codeLens/refresh').catch(gone);
  };
  // With the settings too: they change what tokenizers there are.
  tokenizers.onChange(refresh);
  documents.onClose((uri) => void found.delete(uri));
}

const overtaken = (token: CancellationToken): ResponseError =>
  token.isCancellationRequested
    ? new ResponseError(LSPErrorCodes.RequestCancelled, 'stopped')
    : new ResponseError(LSPErrorCodes.ContentModified, 'the text has changed');

const titled = ({ name }: Section): string => (name === '' ? '' : `${name.slice(0, 60)} `);

const thousands = new Intl.NumberFormat('en-US');

/** `214 tok`, `214 → 96 tok, −55 %`. */
function words(tokens: number, otherwise: number | undefined, say: Words): string {
  const unit = (n: number) => say.tok(thousands.format(n));
  if (otherwise === undefined) return unit(tokens);
  const change = tokens === 0 ? 0 : Math.round(((otherwise - tokens) / tokens) * 100);
  const share = change === 0 ? '' : `, ${change < 0 ? '−' : '+'}${Math.abs(change)} %`;
  return `${thousands.format(tokens)} → ${unit(otherwise)}${share}`;
}
