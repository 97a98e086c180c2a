/** The table of commands, one file each in commands/. */
import type { Command } from './command.ts';

export const commands: readonly Command[] = [];
