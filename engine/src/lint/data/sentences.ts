/** Signs that end a sentence, of all scripts that the linter knows. Another script's are a letter more. */

/** Those behind which a space or a quote must stand: they also stand inside of numbers and names. */
export const spacedEnds = '.!?\u2026\u061f\u06d4\u0589';
/** Those that end a sentence whatever follows: of Chinese and Japanese, Devanagari, Ethiopic, Burmese, Khmer, Tibetan. */
export const ends = '\u3002\uff01\uff1f\uff61\u0964\u0965\u1362\u1367\u104b\u17d4\u0f0d';
