/** The words of the loss curve's page, in the user's language. */
import * as vscode from 'vscode';
import type { Labels } from './webview/_curveProtocol.ts';

export function curveLabels(): Labels {
  const { t } = vscode.l10n;
  return {
    axis: t('Axis'),
    step: t('Step'),
    tokens: t('Tokens'),
    time: t('Time'),
    scale: t('Scale'),
    linear: t('Linear'),
    log: t('Logarithmic'),
    smoothing: t('Smoothing'),
    byLanguage: t('By language'),
    loss: t('Loss'),
    smoothed: t('Smoothed loss'),
    evaluation: t('Held-out loss'),
    last: t('Last'),
    best: t('Best'),
    atStep: t('{0} at step {1}', '{0}', '{1}'),
    bitsPerByte: t('Bits per byte'),
    learningRate: t('Learning rate'),
    gradNorm: t('Gradient norm'),
    speed: t('Speed'),
    tokensPerSecond: t('{0} tok/s', '{0}'),
    copyCsv: t('Copy as CSV'),
    stop: t('Stop Run'),
    resume: t('Resume Run'),
    showLog: t('Show Run Log'),
    table: t('Table of values'),
    thinned: t('{0} of {1} rows, evenly spread; the CSV has all.', '{0}', '{1}'),
    chart: t('Loss curve'),
    keys: t('Left and right arrow keys read the values; drag to zoom in, double-click to zoom out.'),
    waiting: t('Waiting for the first step…'),
  };
}
