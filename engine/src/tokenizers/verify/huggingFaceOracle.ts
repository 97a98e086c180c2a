/** Hugging Face's own library in JavaScript (npm `@huggingface/tokenizers`) on a tokenizer.json: it is always there. */
import { bad, ok } from '../../base/problem.ts';
import { type OracleResult, peerVersion } from './oracle.ts';

const name = '@huggingface/tokenizers';

/** Of the content of a tokenizer.json. */
export async function huggingFaceOracle(bytes: Uint8Array, file: string): Promise<OracleResult> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(bytes)) as object, {});
  } catch (error) {
    const what = `${name} does not load this file (${(error as Error).message})`;
    return bad(what, { file }, 'There is nothing here to compare it with.');
  }
  return ok({
    name,
    version: peerVersion(name),
    encode: (lines) =>
      Promise.resolve(lines.map((line) => Array.from(tokenizer.encode(line, { add_special_tokens: false }).ids))),
    decode: (ids) =>
      ids.length === 0
        ? ''
        : tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
  });
}
