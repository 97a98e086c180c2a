/** Problems and what the engine says otherwise, in words for people and in the editor's language. */
import * as vscode from 'vscode';
import { engineWords as wordsIn, problemLineIn } from '../../server/src/protocol.ts';
import type { Problem } from '../../server/src/protocol.ts';
import { lineWith } from './problems.ts';

export const problemLine = (problem: Problem): string => problemLineIn(vscode.env.language, problem);

/** One line for people, whatever was thrown. */
export const lineOf = (error: unknown): string => lineWith(error, problemLine);

/** A few words of the engine's: what a run or a command is doing. */
export const engineWords = (text: string): string => wordsIn(vscode.env.language, text);
