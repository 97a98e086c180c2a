/** `.model` files that are damaged in every way a file can be: cut, flipped, fields doubled, lengths that lie, wild values. */
import { MessageReader, MessageWriter, wireType } from '../../base/protobuf.ts';
import { field, normalizerField, pieceField } from '../sentencePieceFields.ts';

type Dice = (below: number) => number;

/** One damaged copy, the same for the same dice. */
export function damaged(model: Uint8Array, random: Dice): Uint8Array {
  switch (random(4)) {
    case 0:
      return model.slice(0, random(model.length));
    case 1:
      return flipped(model, random);
    default:
      return rebuilt(model, random);
  }
}

function flipped(bytes: Uint8Array, random: Dice): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let n = 1 + random(6); n > 0 && copy.length > 0; n--) {
    const at = random(copy.length);
    copy[at] = random(3) === 0 ? random(256) : copy[at]! ^ (1 << random(8));
  }
  return copy;
}

/** The same fields, a few of them changed, so that the file is read to its end. */
function rebuilt(model: Uint8Array, random: Dice): Uint8Array {
  const fields: Uint8Array[] = [];
  const reader = new MessageReader(model);
  while (reader.next()) fields.push(changedOrNot(model, reader, random));
  for (let n = random(3); n > 0; n--) {
    const [a, b] = [random(fields.length), random(fields.length)];
    const kind = random(4);
    if (kind === 0) fields.splice(a, 1);
    else if (kind === 1) fields.splice(a, 0, fields[b]!);
    else if (kind === 2) [fields[a], fields[b]] = [fields[b]!, fields[a]!];
    else fields.splice(a, 0, oddField(random));
  }
  const writer = new MessageWriter();
  for (const bytes of fields) writer.raw(bytes);
  return writer.finish();
}

function changedOrNot(model: Uint8Array, reader: MessageReader, random: Dice): Uint8Array {
  const whole = model.subarray(reader.start, reader.to);
  const inside = model.subarray(reader.from, reader.to);
  const isPiece = reader.field === field.pieces;
  if (random(isPiece ? 400 : 3) !== 0) return whole;
  const change = isPiece
    ? changedPiece(inside, random)
    : reader.wire === wireType.bytes
      ? changedRules(inside, random)
      : inside;
  return new MessageWriter().bytes(reader.field, change).finish();
}

const strings = [
  '',
  '\0',
  '\u2581',
  '\u2581\u2581',
  'a',
  '<0x41>',
  '<0xZZ>',
  '<unk>',
  '</s>',
  ' a',
  '🙂',
  'ab'.repeat(300),
];
const scores = [0, -0, NaN, Infinity, -Infinity, 1e-45, 3.4e38, -1e9, -3.5];

/** A later field overrides an earlier one, as protocol buffers have it. */
function changedPiece(piece: Uint8Array, random: Dice): Uint8Array {
  const writer = new MessageWriter().raw(piece);
  switch (random(6)) {
    case 0:
      return writer.text(pieceField.text, strings[random(strings.length)]!).finish();
    case 1:
      return writer.float(pieceField.score, scores[random(scores.length)]!).finish();
    case 2:
      return writer.varint(pieceField.type, random(9)).finish();
    case 3:
      return writer
        .bytes(
          pieceField.text,
          Uint8Array.from({ length: 1 + random(5) }, () => random(256)),
        )
        .finish();
    case 4:
      return writer.raw(oddField(random)).finish();
    default:
      return flipped(piece, random);
  }
}

/** Of the trainer or the normaliser: a number set, or compiled rules that lead astray. */
function changedRules(rules: Uint8Array, random: Dice): Uint8Array {
  const writer = new MessageWriter().raw(rules);
  switch (random(5)) {
    case 0:
      return writer.varint([3, 4, 5, 24, 35, 40, 41, 42, 43][random(9)]!, random(4)).finish();
    case 1: {
      // A trie of random units, sometimes of one that leads to itself, and texts behind it.
      const units = new Uint32Array(256 * (1 + random(4))).map(() => random(2 ** 31) * (1 + random(2)));
      if (random(2) === 0) units.fill(random(2 ** 31));
      const blob = new Uint8Array(4 + units.byteLength + 8);
      new DataView(blob.buffer).setUint32(0, random(4) === 0 ? random(2 ** 31) : units.byteLength, true);
      blob.set(new Uint8Array(units.buffer), 4);
      return writer.bytes(normalizerField.charsmap, blob).finish();
    }
    case 2:
      return writer.raw(oddField(random)).finish();
    case 3:
      return new Uint8Array(0);
    default:
      return flipped(rules, random);
  }
}

/** A field that no reader knows, or whose length or type is a lie. */
function oddField(random: Dice): Uint8Array {
  const writer = new MessageWriter();
  switch (random(5)) {
    case 0:
      return writer.varint(200 + random(1000), 2 ** 52).finish();
    case 1:
      return writer
        .bytes(150, new MessageWriter().bytes(151, new MessageWriter().varint(152, 1).finish()).finish())
        .finish();
    case 2:
      return writer.varint(1 + random(5), random(300)).finish();
    case 3: // a length of almost 2^63
      return Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    default: // groups, and wire types that are none
      return Uint8Array.of(8 * (1 + random(5)) + 3 + random(5), random(256));
  }
}
