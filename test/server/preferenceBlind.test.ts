/** Who has yet to judge a comparison is not told which side is which; who is done, and who uses judges alone, is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendVerdict } from '../../engine/src/preference/index.ts';
import { Annotate, ReadPreference } from '../../server/src/protocol.ts';
import type { HiddenPreference } from '../../server/src/protocol.ts';
import { comparisonFolder } from './comparisonFolder.ts';
import type { LanguageClient } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

const answers = {
  a: ['유산균이 자라기 때문입니다.', '햇빛을 되비추기 때문입니다.', 'Because it is lighter.', '짧은 글입니다.'],
  b: ['유산균이요.', '빛나서요.', 'It is less dense.', '글.'],
};
const prompts = answers.a.map((_, i) => ({ id: `p${i}`, prompt: `질문 ${i}` }));

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const make = (name: string) => comparisonFolder(workspace.folder, name, prompts, answers);

const annotate = (annotator: string, act: Annotate.Params['act'], directory: string) =>
  client.request(Annotate.type, { directory, annotator, act });

describe('which side is which', () => {
  const read = (at: string, blind: ReadPreference.Params['blind']) =>
    client.request(ReadPreference.type, { directory: at, ...(blind === undefined ? {} : { blind }) });
  const judge = { kind: 'judge', name: 'scripted' } as const;
  const verdict = { id: 'p0', order: 'ab', verdict: 'a', at: new Date(0).toISOString() } as const;

  it('is kept from who has yet to judge, and told once they are done', async () => {
    const at = await make('blind');
    const asked = { annotator: '하나', judging: false };
    const hidden = (await read(at, asked)) as HiddenPreference;
    expect(hidden).toMatchObject({ hidden: 'fresh', info: { a: 'A', b: 'B', prompts: 4 } });
    const text = JSON.stringify(hidden);
    for (const word of [...answers.a, ...answers.b, '"one"', '"two"']) expect(text).not.toContain(word);
    // Somebody who has no name yet.
    expect(await read(at, { judging: false })).toMatchObject({ hidden: 'fresh' });
    let step = await annotate('하나', { kind: 'show' }, at);
    for (let done = 0; done < 4; done++) {
      if (done > 0) {
        const person = { name: '하나', done, total: 4 };
        expect(await read(at, asked)).toMatchObject({ hidden: 'own', person });
        expect(await read(at, { annotator: '둘', judging: false })).toMatchObject({ hidden: 'others', person });
      }
      step = await annotate('하나', { kind: 'choose', index: step.item!.index, choice: 'left' }, at);
    }
    expect(await read(at, asked)).toMatchObject({ info: { a: 'one', b: 'two' } });
    expect(await read(at, { annotator: '둘', judging: false })).toMatchObject({ info: { a: 'one', b: 'two' } });
    // Another person begins: from them it is kept, from who is done it is not.
    expect(await read(at, { annotator: '둘', judging: true })).toMatchObject({ hidden: 'own', person: { done: 0 } });
    const first = await annotate('둘', { kind: 'show' }, at);
    await annotate('둘', { kind: 'choose', index: first.item!.index, choice: 'left' }, at);
    expect(await read(at, asked)).toMatchObject({ info: { a: 'one', b: 'two' } });
    expect(await read(at, undefined)).toMatchObject({ info: { a: 'one', b: 'two' } });
  });

  it('is told to who uses judges alone', async () => {
    const at = await make('judged-only');
    expect(await appendVerdict(at, judge, verdict)).toMatchObject({ ok: true });
    expect(await read(at, { annotator: '하나', judging: false })).toMatchObject({ info: { a: 'one', b: 'two' } });
    expect(await read(at, { annotator: '하나', judging: true })).toMatchObject({ hidden: 'own' });
    const wrong = client.connection.sendRequest(ReadPreference.method, { directory: at, blind: { judging: 1 } });
    await expect(wrong).rejects.toThrow('must be');
  });
});
