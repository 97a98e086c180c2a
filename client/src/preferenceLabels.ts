/** The words of the pages of a comparison by preference, in the user's language. */
import * as vscode from 'vscode';
import type { ExportPreference } from '../../server/src/protocol.ts';
import { vocabularyLabels } from './vocabularyLabels.ts';
import type { Labels as AnnotateLabels } from './webview/_annotateProtocol.ts';
import type { Labels as PreferenceLabels } from './webview/_preferenceProtocol.ts';

export function annotateLabels(): AnnotateLabels {
  const { t } = vscode.l10n;
  return {
    title: t('Which answer is better?'),
    progress: t('{0} of {1}', '{0}', '{1}'),
    annotator: t('Verdicts of {0}', '{0}'),
    rename: t('Another Name…'),
    prompt: t('Prompt'),
    input: t('Input'),
    answers: { left: t('Answer A'), right: t('Answer B') },
    empty: t('(an empty answer)'),
    choices: { left: t('A is better (A)'), right: t('B is better (B)'), neither: t('Neither (N)') },
    chosen: t('Chosen before'),
    undo: t('Undo (U)'),
    help: t('Keys (?)'),
    helpTitle: t('Keys'),
    keys: [
      ['A', t('The first answer is better')],
      ['B', t('The second answer is better')],
      ['N', t('Neither is better')],
      ['U', t('Take the last verdict back')],
      ['↑ ↓', t('Scroll')],
      ['Tab', t('To the next answer or button')],
      ['?', t('These keys')],
    ],
    close: t('Close'),
    blind: t('Which model stands where changes from prompt to prompt and is not told before the end.'),
    waiting: t('Waiting for the answers…'),
    done: t('All prompts have your verdict. Thank you.'),
    doneNote: t('Each verdict is on disk already. The result tells which side was which.'),
    nothing: t('There is no prompt yet that both sides have answered.'),
    results: t('Show the Result'),
  };
}

export function preferenceLabels(): PreferenceLabels {
  const { t } = vscode.l10n;
  return {
    lead: t('A: {0}. B: {1}. {2} {2|prompt|prompts}.', '{0}', '{1}', '{2}'),
    unanswered: t('{0} {0|prompt is|prompts are} not yet answered by both sides.', '{0}'),
    lacking: t(
      '{0} {0|prompt has|prompts have} no answer in the file that was given: verdicts and figures leave {0|it|them} out.',
      '{0}',
    ),
    hiddenLead: t('{0} {0|prompt|prompts}.', '{0}'),
    hidden: {
      fresh: t('Which side gave which answer is hidden until there is a verdict, so that you can judge blind.'),
      own: t(
        'You have judged {0} of {1} {1|prompt|prompts}. Which side gave which answer is hidden until you are done, so that you judge blind.',
        '{0}',
        '{1}',
      ),
      others: t(
        '{2} has judged {0} of {1} {1|prompt|prompts}. Which side gave which answer is hidden until then, so that verdicts are blind.',
        '{0}',
        '{1}',
        '{2}',
      ),
    },
    showAnyway: t('Show Anyway'),
    resume: t('Go On Making Answers'),
    annotate: t('Judge Blind…'),
    judge: t('Ask a Judge…'),
    saveCsv: t('Save as CSV…'),
    saveJson: t('Save as JSON…'),
    saveSvg: t('Save as SVG…'),
    copyTable: t('Copy Table'),
    chart: t('{0} against {1}', '{0}', '{1}'),
    result: t('Result'),
    noVerdicts: t('There is no verdict yet. Judge blind yourself, or ask a judge.'),
    intervalNote: t(
      'In brackets: 95 % intervals of a bootstrap over the prompts. Below the bars those of the wins (upper line) and of the losses (lower line).',
    ),
    kinds: { person: t('person'), judge: t('judge') },
    outcomes: { win: t('{0} wins', '{0}'), tie: t('Tie'), lose: t('{0} wins', '{0}'), error: t('Error') },
    columns: {
      who: t('Who'),
      verdicts: t('Verdicts'),
      flips: t('Turned with the order'),
      reversed: t('To the other side'),
      first: t('First shown won'),
      longer: t('Longer won'),
      errors: t('Errors'),
      pending: t('Open'),
    },
    biases: t('What may sway verdicts'),
    biasNote: t(
      'A judge is asked in both orders; where its verdicts differ, it is a tie. Without bias the first shown and the longer answer win about as often as not.',
    ),
    agreement: t('Agreement'),
    between: t('Between'),
    both: t('Prompts of both'),
    same: t('Same verdict'),
    kappa: t('Cohen’s kappa'),
    interval: t('95 % interval'),
    fleiss: t('All people (Fleiss’ kappa)'),
    languages: t('Languages of the answers'),
    side: t('Side'),
    scripts: t('Scripts'),
    script: { ...vocabularyLabels().scripts, mixed: t('mixed'), none: t('no letters') },
    other: t('In another language'),
    drifted: t('Drifted into another'),
    length: t('Characters on average'),
    findings: t('Another language'),
    noFindings: t('No answer is in another language than its prompt.'),
    finding: {
      other: t('{0}: {1} answers in another language ({2})', '{0}', '{1}', '{2}'),
      drifted: t('{0}: {1} drifts into another language ({2})', '{0}', '{1}', '{2}'),
    },
    prompts: t('Prompts'),
    filterText: t('Search prompts and answers'),
    filterRater: t('Who'),
    filterOutcome: t('Verdict'),
    anyone: t('anyone'),
    anything: t('any'),
    none: t('none yet'),
    onlyFindings: t('another language'),
    onlySplit: t('verdicts differ'),
    shown: t('{0} of {1} {1|prompt|prompts}', '{0}', '{1}'),
    noAnswer: t('No answer yet'),
    empty: t('(an empty answer)'),
    openAnswer: t('Open in File'),
    flipped: t('turned with the order'),
    waiting: t('Reading the comparison…'),
  };
}

/** Of the picture that is saved. */
export function pictureWords(): ExportPreference.Words {
  const { t } = vscode.l10n;
  return {
    title: t('Which answers are preferred'),
    wins: t('{0} wins', '{0}'),
    tie: t('Tie'),
    person: t('person'),
    judge: t('judge'),
    counted: t('{0} {0|prompt|prompts}, {1} {1|error|errors}', '{0}', '{1}'),
  };
}
