/** As startInWorkspace, and what SentencePiece itself makes of both vocabularies. */
import { type SentencePiece, loadSentencePiece } from './sentencePiece.ts';
import { type Started, startInWorkspace } from './startInWorkspace.ts';

export interface TwoTokenizers extends Started {
  readonly english: SentencePiece;
  readonly korean: SentencePiece;
}

export async function startOnTwoTokenizers(options?: Parameters<typeof startInWorkspace>[0]): Promise<TwoTokenizers> {
  const started = await startInWorkspace(options);
  const english = await loadSentencePiece(started.workspace.english);
  const korean = await loadSentencePiece(started.workspace.korean);
  return { ...started, english, korean };
}
