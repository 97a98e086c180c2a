/** The table of commands, one file each in commands/. */
import type { Command } from './command.ts';
import { modelInit } from './commands/modelInit.ts';
import { vocabExpand } from './commands/vocabExpand.ts';

export const commands: readonly Command[] = [modelInit, vocabExpand];
