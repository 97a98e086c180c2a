/** A change of a text: `[start, end)` in UTF-16 units gives way to `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text with edits made, in order and without overlaps; their offsets begin at `from`. */
export function applied(text: string, edits: readonly Edit[], from = 0): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start - from) + edit.text;
    at = edit.end - from;
  }
  return result + text.slice(at);
}
