/** A workspace with an English and a Korean vocabulary, a server on it, and what SentencePiece itself makes of both: for a file of tests. */
import { LanguageClient, bundle } from './languageClient.ts';
import { type SentencePiece, loadSentencePiece } from './sentencePiece.ts';
import { type TestWorkspace, makeWorkspace } from './workspace.ts';

export interface TwoTokenizers {
  readonly workspace: TestWorkspace;
  readonly client: LanguageClient;
  readonly english: SentencePiece;
  readonly korean: SentencePiece;
}

export async function startOnTwoTokenizers(
  options: Omit<Parameters<typeof LanguageClient.start>[0], 'folders'> = {},
): Promise<TwoTokenizers> {
  await bundle();
  const workspace = makeWorkspace();
  const english = await loadSentencePiece(workspace.english);
  const korean = await loadSentencePiece(workspace.korean);
  const client = await LanguageClient.start({ ...options, folders: [workspace.folder] });
  return { workspace, client, english, korean };
}
