/** Files that are given in place of a tokenizer, told by how they begin. */

/** What to do instead. */
export const wanted =
  'Give a SentencePiece model (tokenizer.model), a byte-level tokenizer.json, or a directory that holds one by that name.';

const others: readonly (readonly [start: RegExp, what: string, remedy: string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself', 'Fetch the file with git lfs pull.'],
  [/^\s*[{[]\s*["[{\]}]/, 'JSON, not a SentencePiece model', wanted],
  [/^\s*<(!doctype|html|\?xml)/i, 'a web page, not a SentencePiece model', 'Download the file itself.'],
  [/^GGUF/, 'a GGUF model, not a SentencePiece model', wanted],
  [/^PK\x03\x04/, 'a ZIP or PyTorch file, not a SentencePiece model', wanted],
  [/^\x1f\x8b/, 'compressed with gzip', 'Unpack it first.'],
  [/^[^]{8}\{"/, 'a safetensors file, not a SentencePiece model', wanted],
];

/** What the bytes are, if not a model, and what to do about it. */
export function otherFormat(bytes: Uint8Array): { readonly what: string; readonly remedy: string } | undefined {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const found = others.find(([start]) => start.test(head));
  return found === undefined ? undefined : { what: `the file is ${found[1]}`, remedy: found[2] };
}

/** Does it begin as a JSON object or array does? A SentencePiece model begins with byte 10 and a binary length. */
export function isJson(bytes: Uint8Array): boolean {
  return /^\s*[{[]\s*["[{\]}]/.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'));
}
