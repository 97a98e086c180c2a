/** `ListTokenizers`: what a person can choose from, with a document's count under each; `CheckTokenizer`: a file, read. */
import type { Context } from './context.ts';
import { answer } from './failure.ts';
import * as shapes from './params.ts';
import { CheckTokenizer, ListTokenizers } from './protocol.ts';
import { tokenizerName } from './tokenizers.ts';
import { isInside } from './uris.ts';

export function registerTokenizerList(context: Context): void {
  const { connection, documents, slices, tokenizers, workspace } = context;

  connection.onRequest(ListTokenizers.type, async (params, token) => {
    const refused = shapes.refusal(params, { uri: shapes.optional(shapes.text) });
    if (refused !== undefined) return refused;
    const { uri } = params;
    const found = (await workspace.fresh()).tokenizers;
    const chosen = await tokenizers.pathFor(uri ?? workspace.folders[0]?.uri ?? '');
    const sources = new Map<string, ListTokenizers.Entry['source']>();
    if (chosen.ok && chosen.value.source === 'setting') sources.set(chosen.value.path, 'setting');
    for (const file of found) if (!sources.has(file)) sources.set(file, 'workspace');
    // Checked before, somewhere else on disk.
    for (const { info } of await tokenizers.loaded())
      if (!sources.has(info.path) && !workspace.folders.some((folder) => isInside(info.path, folder.path)))
        sources.set(info.path, 'chosen');
    const entries: ListTokenizers.Entry[] = [];
    for (const [path, source] of sources) {
      const read = await tokenizers.load(path);
      const entry = { path, name: tokenizerName(path), source };
      if (!read.ok) {
        entries.push({ ...entry, problem: read.problem });
        continue;
      }
      const text = uri === undefined ? undefined : documents.get(uri)?.text.getText();
      const wanted = () => !token.isCancellationRequested;
      const tokens = text === undefined ? undefined : await slices.count(read.value.tokenizer, text, wanted);
      entries.push({ ...entry, info: read.value.info, ...(tokens === undefined ? {} : { tokens }) });
    }
    return entries;
  });

  connection.onRequest(CheckTokenizer.type, async (params) => {
    const refused = shapes.refusal(params, { path: shapes.path });
    if (refused !== undefined) return refused;
    const read = await tokenizers.load(params.path);
    return answer(read.ok ? { ok: true, value: read.value.info } : read);
  });
}
