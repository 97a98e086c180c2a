/**
 * `Annotate`: a person's blind verdicts. Which side stands where is known in here and goes no further: the client gets two texts and
 * answers with a place. A verdict is on disk before the next item is told.
 */
import { appendVerdict, peopleSession, readComparison, verdictsFile } from '../../engine/src/preference/index.ts';
import type { PeopleSession, PeopleStep } from '../../engine/src/preference/index.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { ok } from '../../engine/src/base/problem.ts';
import type { Context } from './context.ts';
import { answer } from './failure.ts';
import * as shapes from './params.ts';
import { Annotate } from './protocol.ts';

const acts = {
  show: shapes.members({ kind: shapes.oneOf('show') }),
  undo: shapes.members({ kind: shapes.oneOf('undo') }),
  choose: shapes.members({
    kind: shapes.oneOf('choose'),
    index: shapes.whole,
    choice: shapes.oneOf('left', 'right', 'neither'),
  }),
};
const act = {
  is: (value: unknown) => Object.values(acts).some(({ is }) => is(value)),
  what: `one of: ${Object.values(acts)
    .map(({ what }) => what)
    .join('; ')}`,
};

export function registerAnnotation({ connection }: Context): void {
  /** One at a time: two quick presses shall not be taken for the same item. */
  let last: Promise<unknown> = Promise.resolve();

  connection.onRequest(Annotate.type, async (params) => {
    const refused = shapes.refusal(params, { directory: shapes.path, annotator: shapes.text, act });
    if (refused !== undefined) return refused;
    const mine = last.then(() => annotate(params, new Date()));
    last = mine.catch(() => undefined);
    return answer(await mine);
  });
}

async function annotate(params: Annotate.Params, now: Date): Promise<Result<Annotate.Answer>> {
  const { directory, annotator, act: asked } = params;
  const file = verdictsFile(directory, { kind: 'person', name: annotator });
  if (!file.ok) return file;
  const data = await readComparison(directory);
  if (!data.ok) return data;
  const session = peopleSession(data.value, annotator);
  const language = (id: string) => data.value.prompts.find((prompt) => prompt.id === id)?.language;
  const step = stepOf(session, asked, now);
  // What is meant for an item that is no longer the one shown (another window was quicker) changes nothing.
  if (step === undefined) return ok(told(session, language));
  const written = await appendVerdict(directory, session.rater, step.line);
  return written.ok ? ok(told(step.session, language)) : written;
}

function stepOf(session: PeopleSession, asked: Annotate.Params['act'], now: Date): PeopleStep | undefined {
  switch (asked.kind) {
    case 'show':
      return undefined;
    case 'undo':
      return session.canUndo ? session.undo(now) : undefined;
    case 'choose':
      return session.current?.index === asked.index ? session.judge(asked.choice, now) : undefined;
    default:
      return asked satisfies never;
  }
}

/** Without the prompt's id: an id might tell more than the texts do. */
function told(
  { total, done, canUndo, current }: PeopleSession,
  languageOf: (id: string) => string | undefined,
): Annotate.Answer {
  if (current === undefined) return { total, done, canUndo };
  const { id, ...shown } = current;
  const language = languageOf(id);
  return { total, done, canUndo, item: { ...shown, ...(language === undefined ? {} : { language }) } };
}
