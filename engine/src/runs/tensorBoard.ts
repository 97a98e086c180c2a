/**
 * Metrics and answers as an event file that TensorBoard reads: TFRecords, each a protocol buffer `Event`. Formats:
 * tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto and framework/summary.proto (fields).
 */
import { crc32c } from '../base/crc32c.ts';
import { MessageWriter } from '../base/protobuf.ts';
import type { MetricRow, RunSample } from '../protocol.ts';
import { metricColumns } from './metricColumns.ts';

/** Numbers of the fields, as those files declare them. */
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const summaryValue = 1;
const value = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 };
const metadata = { pluginData: 1, pluginName: 1, dataClass: 4, tensorClass: 2 };
const tensor = { type: 1, shape: 2, strings: 8, stringType: 7 };

/**
 * The bytes of an event file. `startedAt` in milliseconds since the epoch; an event's time is that plus the training time until
 * its step. What stays out: `step`, `n` and other numbers that the axes tell.
 */
export function tensorBoardEvents(
  rows: readonly MetricRow[],
  samples: readonly RunSample[],
  startedAt: number,
): Uint8Array {
  const columns = metricColumns(rows).filter(({ name }) => name !== 'step' && name !== 'elapsed');
  const prompts = [...new Set(samples.map(({ prompt }) => prompt))];
  const records = [
    record(new MessageWriter().double(event.wallTime, startedAt / 1000).text(event.fileVersion, 'brain.Event:2')),
  ];
  for (const row of rows) {
    const summary = new MessageWriter();
    for (const column of columns) {
      const number = column.value(row);
      if (typeof number !== 'number') continue; // a NaN is null in JSON
      const scalar = new MessageWriter().text(value.tag, column.tag).float(value.simpleValue, number);
      summary.bytes(summaryValue, scalar.finish());
    }
    if (row.samples !== undefined) {
      for (const sample of samples)
        if (sample.step === row.step) summary.bytes(summaryValue, textOf(sample, prompts.indexOf(sample.prompt) + 1));
    }
    records.push(
      record(
        new MessageWriter()
          .double(event.wallTime, startedAt / 1000 + row.elapsed)
          .varint(event.step, row.step)
          .bytes(event.summary, summary.finish()),
      ),
    );
  }
  return Buffer.concat(records);
}

/** A prompt and its answer for the text plugin: a string tensor with one element, in Markdown. */
function textOf({ prompt, answer }: RunSample, number: number): Uint8Array {
  const plugin = new MessageWriter().text(metadata.pluginName, 'text').finish();
  const about = new MessageWriter().bytes(metadata.pluginData, plugin).varint(metadata.dataClass, metadata.tensorClass);
  const strings = new MessageWriter()
    .varint(tensor.type, tensor.stringType)
    .bytes(tensor.shape, new Uint8Array())
    .text(tensor.strings, `**${prompt}**\n\n${answer}`);
  return new MessageWriter()
    .text(value.tag, `samples/${number}`)
    .bytes(value.tensor, strings.finish())
    .bytes(value.metadata, about.finish())
    .finish();
}

/** Length, its checksum, the data, its checksum: numbers little-endian. */
function record(message: MessageWriter): Uint8Array {
  const data = message.finish();
  const framed = Buffer.alloc(12 + data.length + 4);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(masked(crc32c(framed.subarray(0, 8))), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(masked(crc32c(data)), 12 + data.length);
  return framed;
}

/** A checksum of data that may hold checksums itself is turned and shifted (tensorflow/core/lib/hash/crc32c.h). */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
