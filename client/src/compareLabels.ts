/** The words of the page of two tokenizers, in the user's language. */
import * as vscode from 'vscode';
import type { Labels } from './webview/_compareProtocol.ts';

export function compareLabels(): Labels {
  const { t } = vscode.l10n;
  return {
    title: t('Compare Tokenizers'),
    swap: t('Swap Sides'),
    choose: t('Choose another tokenizer'),
    tokens: t('Tokens'),
    perCharacter: t('Tokens per character'),
    bytes: t('Bytes'),
    byteTokens: t('Byte tokens'),
    pieces: t('Pieces'),
    change: t('Change'),
    copyTable: t('Copy Table'),
    summary: t('{0} → {1} {1|token|tokens}, {2}', '{0}', '{1}', '{2}'),
    keys: t(
      'Underlined: cut differently. Yellow: bytes. Arrow keys go from token to token; a small number says how many tokens spell a character.',
    ),
    waiting: t('Waiting for a text…'),
    cutLine: t('the line goes on'),
    id: t('id {0}', '{0}'),
    ids: t('ids {0}', '{0}'),
    oneToken: t('1 token'),
    manyTokens: t('{0} {0|token|tokens}', '{0}'),
    standsForNothing: t('stands for no text'),
    unknown: t('not in the vocabulary'),
  };
}
