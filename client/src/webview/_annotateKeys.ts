/** What the keys of the page of blind verdicts do, on any keyboard and with any input method. No browser in here. */
import type { Choice } from './_annotateProtocol.ts';

export type Command = { readonly choose: Choice } | 'undo' | 'help' | undefined;

export interface Key {
  /** As the layout has it: `a`, `A`, `ㅁ`; `Process` while an input method is at work. */
  readonly key: string;
  /** Where it lies: `KeyA`. */
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

const commands: Readonly<Record<string, Command>> = {
  a: { choose: 'left' },
  b: { choose: 'right' },
  n: { choose: 'neither' },
  u: 'undo',
  '?': 'help',
};

/**
 * A letter counts as the layout has it; where the layout has no Latin letter there (한글), as it lies on the keyboard.
 * Keys held down give one verdict, and those with Ctrl, Alt or ⌘ belong to the editor.
 */
export function commandOf({ key, code, shiftKey, ctrlKey, metaKey, altKey, repeat }: Key): Command {
  if (ctrlKey || metaKey || altKey || repeat) return undefined;
  if (key === '?' || (code === 'Slash' && shiftKey)) return 'help';
  const latin = /^[a-z]$/i.test(key);
  if (!latin && key.length === 1 && key.charCodeAt(0) < 128) return undefined;
  return commands[latin ? key.toLowerCase() : (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? '')];
}
