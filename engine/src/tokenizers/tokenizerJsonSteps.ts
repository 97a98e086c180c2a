/** Normaliser and pre-tokenizer of a tokenizer.json: what happens to a text before its words are merged. */
import type { PreTokenizerStep } from './byteLevelModel.ts';
import type { JsonPlace } from './jsonPlaces.ts';
import { wanted } from './otherFormats.ts';
import { gpt2Pattern, patternFault } from './preTokenizer.ts';

/** Nothing, or NFC; in a sequence too. */
export function readNormalizer(place: JsonPlace): 'none' | 'nfc' {
  if (place.isAbsent) return 'none';
  const type = place.get('type').string();
  switch (type) {
    case 'NFC':
      return 'nfc';
    case 'Sequence': {
      let found: 'none' | 'nfc' = 'none';
      for (const item of place.get('normalizers').items()) if (readNormalizer(item) === 'nfc') found = 'nfc';
      return found;
    }
    default:
      throw place.fail(`the normaliser ${type} is not supported; NFC is, or none`, wanted);
  }
}

/** The steps of a pre-tokenizer that ends in ByteLevel. */
export function readSteps(place: JsonPlace): PreTokenizerStep[] {
  if (place.isAbsent) throw place.fail('there is no pre-tokenizer; a byte-level one is supported', wanted);
  const flat = [...flatten(place)];
  const steps: PreTokenizerStep[] = [];
  for (const [i, item] of flat.entries()) {
    const type = item.get('type').string();
    const isLast = i === flat.length - 1;
    if ((type === 'ByteLevel') !== isLast) {
      throw isLast
        ? item.fail(`the pre-tokenizer ends in ${type}, and that of byte-level BPE ends in ByteLevel`, wanted)
        : item.fail('ByteLevel stands before the last step of the pre-tokenizer', wanted);
    }
    steps.push(...readStep(item, type));
  }
  return steps;
}

function* flatten(place: JsonPlace): Generator<JsonPlace> {
  if (place.get('type').string() !== 'Sequence') yield place;
  else for (const item of place.get('pretokenizers').items()) yield* flatten(item);
}

function readStep(place: JsonPlace, type: string): PreTokenizerStep[] {
  switch (type) {
    case 'ByteLevel': {
      const prefix = place.get('add_prefix_space').boolean(true);
      const regex = place.get('use_regex').boolean(true);
      return [
        ...(prefix ? [{ kind: 'prefixSpace' } as const] : []),
        ...(regex ? [{ kind: 'split', pattern: gpt2Pattern, keep: 'isolated' } as const] : []),
      ];
    }
    case 'Digits':
      return [
        {
          kind: 'split',
          pattern: place.get('individual_digits').boolean(false) ? String.raw`\p{N}` : String.raw`\p{N}+`,
          keep: 'isolated',
        },
      ];
    case 'Split':
      return [readSplit(place)];
    default:
      throw place.fail(`the pre-tokenizer ${type} is not supported; Split, Digits and ByteLevel are`, wanted);
  }
}

function readSplit(place: JsonPlace): PreTokenizerStep {
  const regex = place.get('pattern').get('Regex');
  const given = regex.value === undefined ? place.get('pattern').get('String') : regex;
  const pattern = regex.value === undefined ? escaped(given.string()) : regex.string();
  const fault = patternFault(pattern);
  if (fault !== undefined) throw given.fail(`at ${fault.at}: ${fault.what}`, wanted);
  const behavior = place.get('behavior').string();
  const invert = place.get('invert').boolean(false);
  // An inverted split takes matches for text and what stands between them for separators.
  if (behavior === 'Isolated') return { kind: 'split', pattern, keep: 'isolated' };
  if (behavior === 'Removed' && invert) return { kind: 'split', pattern, keep: 'matches' };
  throw place
    .get('behavior')
    .fail(
      `splitting by ${invert ? 'inverted ' : ''}${behavior} is not supported; Isolated is, and Removed inverted`,
      wanted,
    );
}

/** A text as an expression that matches it. */
const escaped = (text: string): string => Array.from(text, (c) => `\\x{${c.codePointAt(0)!.toString(16)}}`).join('');
