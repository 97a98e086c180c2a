/** Typing with an input method (한글, かな, 拼音): what is being put together is no text yet, and its keys are no commands. */

/** What of a keyboard event tells that. */
export interface TypedKey {
  readonly isComposing: boolean;
  /** 229 where an input method has taken the key; in Safari the Enter that ends a syllable tells nothing else. */
  readonly keyCode: number;
}

/** True for a key that goes to the input method: an Enter that ends a syllable, an Escape that drops it. */
export const isComposing = (event: TypedKey): boolean => event.isComposing || event.keyCode === 229;

/** Calls `take` whenever the text of a box has changed, for whole syllables only. */
export function onText(box: EventTarget, take: () => void): void {
  box.addEventListener('input', (event) => {
    if (!('isComposing' in event && event.isComposing === true)) take();
  });
  box.addEventListener('compositionend', take);
}
