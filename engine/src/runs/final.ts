/**
 * final/: the trained model in Hugging Face form, or the trained adapter in PEFT's, with the tokenizer's files of the model it
 * came from.
 */
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Result, ok } from '../base/problem.ts';
import { filesWithTemplate } from '../data/modelTemplate.ts';
import type { TemplateName } from '../data/templates.ts';
import { embeddingName, headName, writeAdapterDirectory, writeModelDirectory } from '../model/files.ts';
import { adapterParameters } from '../model/lora.ts';
import type { TrainedFrom } from '../training/prepare.ts';
import type { RunSpec } from './spec.ts';
import type { TrainingSession } from '../model/sessions.ts';

/** `template`: what it was trained with, if with one; the directory says so. Answers with the directory written. Throws the file system's errors. */
export async function writeFinal(
  directory: string,
  session: TrainingSession,
  { model, adapter: from }: TrainedFrom,
  { lora }: Pick<RunSpec, 'lora'>,
  template?: TemplateName,
): Promise<Result<string>> {
  const target = path.join(directory, 'final');
  rmSync(target, { recursive: true, force: true }); // of an end that a kill cut short
  if (lora !== undefined) {
    const { config, directory: base } = model;
    // Tables that train now, and those that another run trained before.
    const trained = session.parameters.filter(
      ({ name, trainable }) => trainable && [embeddingName, headName].includes(name),
    );
    const names = new Set([...trained.map(({ name }) => name), ...(from?.tables ?? [])]);
    const written = await writeAdapterDirectory(target, {
      ...{ config, base, lora },
      factors: session.weightsToLoad(adapterParameters(config, lora).map(({ name }) => name)),
      tables: session.weightsToLoad([...names]),
      room: session.room,
      tokenizers: [...(from === undefined ? [] : [from.directory]), base],
      ...(from === undefined ? {} : { raw: from.config.raw }),
      ...(template === undefined ? {} : { others: (files) => filesWithTemplate(template, files) }),
    });
    return written.ok ? ok(target) : written;
  }
  const others: Record<string, Uint8Array> = {};
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json']) {
    const bytes = await readFile(path.join(model.directory, name)).catch(() => undefined);
    if (bytes !== undefined) others[name] = bytes;
  }
  const tokenizer = model.tokenizerFile === undefined ? undefined : await readFile(model.tokenizerFile);
  const written = await writeModelDirectory(target, {
    ...{ config: model.config, tensors: session.weightsToLoad(), tokenizer, room: session.room },
    others: template === undefined ? others : filesWithTemplate(template, others),
  });
  return written.ok ? ok(target) : written;
}
