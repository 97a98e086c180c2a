/**
 * Which template a model was trained with, as its directory says: `bllossom_template` in tokenizer_config.json, which runs write
 * with Hugging Face's `chat_template` beside it; or a `chat_template` that is one of ours or bears the marks of one.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TemplateName, isTemplateName, templateNames, templateOf } from './templates.ts';

const configName = 'tokenizer_config.json';
const field = 'bllossom_template';

/** Of the first directory that says one (an adapter's before its model's); undefined where none does. */
export async function readModelTemplate(directories: readonly string[]): Promise<TemplateName | undefined> {
  for (const directory of directories) {
    const config = await readObject(path.join(directory, configName));
    const name = config?.[field];
    if (isTemplateName(name)) return name;
    const chat = await readFile(path.join(directory, 'chat_template.jinja'), 'utf8').catch(
      () => config?.['chat_template'],
    );
    const known = typeof chat === 'string' ? recognized(chat) : undefined;
    if (known !== undefined) return known;
  }
  return undefined;
}

/** The template that a chat template in Jinja is, or whose tokens and headings it has. */
function recognized(chat: string): TemplateName | undefined {
  const same = templateNames.find((name) => templateOf(name).jinja === chat);
  if (same !== undefined) return same;
  if (chat.includes('<|start_header_id|>') && chat.includes('<|eot_id|>')) return 'llama3-chat';
  return chat.includes('[INST]') && chat.includes('<<SYS>>') ? 'llama2-chat' : undefined;
}

/** The files of a model's directory that say its template, to be written beside `files`, the tokenizer's others. */
export function filesWithTemplate(
  name: TemplateName,
  files: Readonly<Record<string, Uint8Array | string>>,
): Record<string, Uint8Array | string> {
  const before = files[configName];
  const config = before === undefined ? {} : (parsedObject(Buffer.from(before).toString('utf8')) ?? {});
  const others = Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'chat_template'));
  const { jinja } = templateOf(name);
  const written = { ...others, ...(jinja === undefined ? {} : { chat_template: jinja }), [field]: name };
  return { ...files, [configName]: `${JSON.stringify(written, undefined, 2)}\n` };
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  return parsedObject(await readFile(file, 'utf8').catch(() => ''));
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // the file of another program: who opens the tokenizer tells what is wrong
  }
}
