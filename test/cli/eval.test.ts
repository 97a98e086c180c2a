/** `bllossom eval` on the sample's own rows: figures that `tokenize` and `score` confirm, results on disk, clear refusals. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Workplace, copaOf, root } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');
const model = place.path('model');
const copa = copaOf(model);
const lines = <T>(text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await place.run(...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** A task in a language that nothing here was written for. */
const turkish = {
  name: 'tr_neden',
  title: 'Neden mi, sonuç mu?',
  language: 'tr',
  version: 1,
  files: { test: 'neden.jsonl' },
  format: 'jsonLines',
  maps: { bağlaç: { sonuç: 'bu yüzden', neden: 'çünkü' } },
  prompt: '{{cümle}}, {{soru | bağlaç}}',
  candidates: { field: 'choices', template: ' {{candidate}}' },
  gold: { field: 'answer' },
  metrics: ['acc', 'macro_f1'],
};
const turkishRows = [
  { cümle: 'Yağmur yağdı', soru: 'sonuç', choices: ['yollar ıslandı.', 'güneş battı.'], answer: 0 },
  { cümle: 'Çay soğudu', soru: 'neden', choices: ['kedi uyudu.', 'masada uzun süre bekledi.'], answer: 1 },
  { cümle: 'Işıklar söndü', soru: 'neden', choices: ['elektrikler kesildi.', 'kitap okundu.'], answer: 0 },
  { cümle: 'Otobüsü kaçırdım', soru: 'sonuç', choices: ['erken geldim.', 'işe geç kaldım.'], answer: 1 },
] as const;
const writing = {
  ...{ name: 'tr_yaz', outputType: 'generate_until', target: ' {{choices.0}}' },
  ...{ until: ['.'], maxTokens: 6, metrics: [{ metric: 'exact_match', ignoreCase: false }, 'chrf'] },
};

beforeAll(async () => {
  const tokenizer = place.path('base.model');
  const text = path.join(sample, 'texts/ko.txt');
  await done(
    'vocab',
    'train',
    '--type',
    'bpe',
    '--input',
    text,
    '--size',
    '1100',
    '--byte-fallback',
    '--out',
    tokenizer,
  );
  const config = path.join(sample, 'model-config.json');
  await done('model', 'init', '--config', config, '--tokenizer', tokenizer, '--seed', '1', '--out', model);
});

describe('bllossom eval', () => {
  it('answers in JSON, and writes what it answered', async () => {
    const out = place.path('evaluations/first');
    const stdout = await done('eval', ...copa, '--limit', '6', '--out', out, '--json');
    const { results } = JSON.parse(stdout) as { results: Record<string, Record<string, number>> };
    expect(Object.keys(results['kobest_copa']!)).toEqual(['acc', 'macro_f1', 'n']);
    expect(results['kobest_copa']!['n']).toBe(6);
    const report = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as Record<string, unknown>;
    const figures = Object.entries(results['kobest_copa']!).filter(([name]) => name !== 'n');
    const spread = (report['stderr'] as typeof results)['kobest_copa']!;
    const harness = figures.flatMap(([name, value]): [string, number | undefined][] => [
      [`${name},none`, value],
      [`${name}_stderr,none`, spread[name]],
    ]);
    const names: Record<string, number | undefined> = Object.fromEntries(harness);
    expect(report['results']).toEqual({
      kobest_copa: { ...results['kobest_copa'], alias: 'kobest_copa', ...names },
    });

    interface Sample {
      readonly target: number;
      readonly arguments: readonly (readonly [string, string])[];
      readonly resps: readonly (readonly [number])[];
    }
    const samples = lines<Sample>(readFileSync(path.join(out, 'samples-kobest_copa.jsonl'), 'utf8'));
    const requests = samples.flatMap((one) => one.arguments);
    const ids = async (texts: readonly string[]) => {
      const file = place.write('texts.txt', `${texts.join('\n')}\n`);
      return lines<{ ids: number[] }>(await done('tokenize', '--tokenizer', model, '--json', file));
    };
    const contexts = await ids(requests.map(([context]) => context));
    const answers = await ids(requests.map(([, answer]) => answer));
    const rows = contexts.map((context, i) => JSON.stringify({ ids: [...context.ids, ...answers[i]!.ids] }));
    const file = place.write('rows.jsonl', `${rows.join('\n')}\n`);
    const scored = lines<{ logLikelihoods: number[] }>(
      await done('score', '--model', model, '--ids', file, '--json', '--backend', 'reference'),
    );
    const sums = scored.map((row, i) => row.logLikelihoods.slice(-answers[i]!.ids.length).reduce((a, b) => a + b, 0));
    for (const [i, [sum]] of samples.flatMap((one) => one.resps).entries()) expect(sum).toBeCloseTo(sums[i]!, 3);
    const right = samples.filter((one, i) => one.target === (sums[2 * i]! >= sums[2 * i + 1]! ? 0 : 1));
    expect(results['kobest_copa']!['acc']).toBeCloseTo(right.length / 6, 12);
  });

  it('gives the same answer again, one line a task, and says how to repeat it', async () => {
    const answers = [];
    for (const out of ['second', 'third']) {
      const stdout = await done('eval', ...copa, '--limit', '4', '--shots', '1', '--out', place.path(out));
      expect(stdout).toMatch(/^kobest_copa +acc 0\.\d{4} +macro_f1 0\.\d{4} +\(4 rows\)\n$/);
      answers.push(readFileSync(place.path(out, 'samples-kobest_copa.jsonl'), 'utf8'));
    }
    expect(answers[1]).toBe(answers[0]);
    const report = JSON.parse(readFileSync(place.path('second/results.json'), 'utf8')) as { command: string };
    expect(report.command).toMatch(/^bllossom eval --model \S+ --tasks kobest_copa .*--limit 4 --shots 1 /);
  });

  it('scores rows by their numbers as it scores them among all', async () => {
    const of = (name: string) =>
      lines<{ doc_id: number }>(readFileSync(place.path(name, 'samples-kobest_copa.jsonl'), 'utf8'));
    await done('eval', ...copa, '--limit', '4', '--shots', '1', '--out', place.path('four'));
    const samples = '{"kobest_copa": [3, 1]}';
    await done('eval', ...copa, '--samples', samples, '--shots', '1', '--no-cache', '--out', place.path('two'));
    expect(of('two')).toEqual(of('four').filter(({ doc_id }) => doc_id === 1 || doc_id === 3));
    const { command } = JSON.parse(readFileSync(place.path('two/results.json'), 'utf8')) as { command: string };
    expect(command).toContain(`--samples '{"kobest_copa":[3,1]}'`);
  });

  it.each<[string, string[], string]>([
    ['rows that are not there', ['--samples', '{"kobest_copa": [100000]}'], 'there is no row 100000'],
    ['rows of another task', ['--samples', '{"klue_nli": [0]}'], 'klue_nli are chosen, which is not asked for'],
    ['rows in another form', ['--samples', '3'], 'the rows are no JSON object of lists'],
    ['rows beside a limit', ['--samples', '{"kobest_copa": [0]}', '--limit', '3'], 'the first ones too'],
    ['an unknown task', ['--tasks', 'kobest_copas'], "there is no task 'kobest_copas'. Choose among klue_nli, "],
    ['a limit of nothing', ['--limit', '0'], '"0" is not a whole number from 1'],
    [
      'data that is not there',
      ['--data', 'nowhere'],
      "kobest_copa's dev rows are missing. Put KoBEST COPA's own file there.",
    ],
    [
      'a split that is not there',
      ['--tasks', 'kobest_boolq', '--split', 'test'],
      "kobest_boolq's test rows are missing",
    ],
    ['a model that is not there', ['--model', 'nothing'], 'nothing'],
  ])('refuses %s', async (_, args, message) => {
    const out = place.path('refused');
    // An option is given once: these in place of their like.
    const others = copa.filter((_name, i) => !args.includes(copa[i - (i % 2)]!));
    const { status, stdout, stderr } = await place.run('eval', ...others, '--out', out, ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it('lists the tasks, those beside the data too', async () => {
    const data = path.dirname(place.write('listed/tasks/own.task.json', JSON.stringify(turkish)));
    const text = await done('eval', '--list-tasks', '--data', path.dirname(data));
    expect(text).toMatch(/^klue_nli +KLUE NLI +ko +multiple_choice +acc, macro_f1$/m);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(
      /^tr_neden +Neden mi, sonuç mu\? +tr +multiple_choice +acc, macro_f1$/,
    );
    const { tasks } = JSON.parse(await done('eval', '--list-tasks', '--json')) as { tasks: { name: string }[] };
    expect(tasks).toHaveLength(8);
    expect(tasks[5]).toMatchObject({ name: 'kobest_copa', version: 1, headline: 'macro_f1' });
  });

  it('scores a task in another language that is data alone, by its file or by its name', async () => {
    const file = place.write('tr/tasks/tr_neden.task.json', `// Türkçe\n${JSON.stringify(turkish, undefined, 2)}`);
    place.write('tr/neden.jsonl', turkishRows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const data = place.path('tr');
    const asked = ['--model', model, '--backend', 'reference', '--data', data, '--json'];
    const answer = async (task: string, out: string, ...more: string[]) => {
      const stdout = await done('eval', ...asked, '--tasks', task, '--out', place.path(out), ...more);
      return (JSON.parse(stdout) as { results: Record<string, Record<string, number>> }).results;
    };
    const byFile = await answer(path.relative(place.folder, file), 'tr-file');
    expect(byFile).toEqual({
      tr_neden: { acc: expect.any(Number) as number, macro_f1: expect.any(Number) as number, n: 4 },
    });
    expect(await answer('tr_neden', 'tr-name')).toEqual(byFile);
    interface Report {
      readonly configs: Record<string, { task_file: string; task_sha256: string; language: string }>;
      readonly command: string;
    }
    const report = JSON.parse(readFileSync(place.path('tr-file/results.json'), 'utf8')) as Report;
    expect(report.configs['tr_neden']).toMatchObject({ task_file: file, language: 'tr' });
    expect(report.command).toContain(`--tasks ${file} `);
    const [first] = lines<{ arguments: string[][]; source: object; target: number }>(
      readFileSync(place.path('tr-file/samples-tr_neden.jsonl'), 'utf8'),
    );
    expect(first).toMatchObject({
      arguments: [
        ['Yağmur yağdı, bu yüzden', ' yollar ıslandı.'],
        ['Yağmur yağdı, bu yüzden', ' güneş battı.'],
      ],
      source: { file: 'neden.jsonl', line: 1 },
      target: 0,
    });
    await answer('tr_neden', 'tr-shots', '--shots', '2', '--limit', '1');
    const [shot] = lines<{ arguments: string[][] }>(
      readFileSync(place.path('tr-shots/samples-tr_neden.jsonl'), 'utf8'),
    );
    expect(shot!.arguments[0]![0]!.split('\n\n')).toHaveLength(3);
  });

  it('has a model write answers, and compares them', async () => {
    const definition = { ...turkish, ...writing };
    delete (definition as { candidates?: unknown }).candidates;
    delete (definition as { gold?: unknown }).gold;
    const file = place.write('writing/w.task.json', JSON.stringify(definition));
    place.write('writing/neden.jsonl', turkishRows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const out = place.path('written');
    const asked = ['--model', model, '--backend', 'reference', '--tasks', file, '--out', out, '--json'];
    const { results } = JSON.parse(await done('eval', ...asked)) as { results: Record<string, Record<string, number>> };
    expect(Object.keys(results['tr_yaz']!)).toEqual(['exact_match', 'chrf', 'n']);
    interface Written {
      readonly arguments: [string, { until: string[]; max_gen_toks: number }][];
      readonly resps: [string][];
      readonly filtered_resps: [string];
      readonly target: string;
      readonly exact_match: number;
      readonly chrf: number;
    }
    const rows = lines<Written>(readFileSync(path.join(out, 'samples-tr_yaz.jsonl'), 'utf8'));
    expect(rows).toHaveLength(4);
    for (const [i, row] of rows.entries()) {
      expect(row.arguments[0]![1]).toEqual({ until: ['.'], max_gen_toks: 6 });
      expect(row.target).toBe(turkishRows[i]!.choices[0]);
      expect(row.filtered_resps[0]).toBe(row.resps[0]![0].trim());
      expect(row.exact_match).toBe(Number(row.filtered_resps[0] === row.target));
      expect(row.chrf).toBeGreaterThanOrEqual(0);
      expect(row.resps[0]![0]).not.toContain('.');
    }
    // What `generate` writes from the same ids.
    const prompt = place.write('prompt.txt', rows[0]!.arguments[0]![0]);
    const [{ ids }] = lines<{ ids: number[] }>(await done('tokenize', '--tokenizer', model, '--json', prompt)) as [
      { ids: number[] },
    ];
    const generated = JSON.parse(
      await done(
        ...['generate', '--model', model, '--ids', JSON.stringify(ids), '--max-tokens', '6', '--temperature', '0'],
        ...['--json', '--backend', 'reference'],
      ),
    ) as { text: string };
    expect(generated.text.split('.')[0]!.replace(/\uFFFD+$/u, '')).toBe(rows[0]!.resps[0]![0]);
  });

  it('scores texts themselves, as `score` does', async () => {
    const text = (language: string) => ({
      ...{ name: `text_${language}`, title: `Text (${language})`, language, version: 1 },
      ...{ outputType: 'loglikelihood_rolling', files: { test: `${language}.txt` }, format: 'textLines' },
      ...{ metrics: ['bits_per_byte', 'byte_perplexity', 'word_perplexity'] },
    });
    const files = ['ko', 'en'].map((language) => {
      place.write(`texts/${language}.txt`, readFileSync(path.join(sample, `texts/${language}.txt`), 'utf8'));
      return place.write(`texts/${language}.task.json`, JSON.stringify(text(language)));
    });
    const out = place.path('perplexity');
    const asked = [
      '--model',
      model,
      '--backend',
      'reference',
      '--tasks',
      files.join(','),
      '--out',
      out,
      '--limit',
      '5',
    ];
    const { results } = JSON.parse(await done('eval', ...asked, '--shots', '3', '--json')) as {
      results: Record<string, Record<string, number>>;
    };
    const first = readFileSync(place.path('texts/ko.txt'), 'utf8').split('\n').slice(0, 5);
    const source = place.write('five.txt', `${first.join('\n')}\n`);
    const encoded = lines<{ ids: number[] }>(await done('tokenize', '--tokenizer', model, '--json', source));
    const ids = place.write(
      'five.jsonl',
      encoded.map((row) => `${JSON.stringify({ ids: [1, ...row.ids] })}\n`).join(''),
    );
    const scored = lines<{ logLikelihoods: number[] }>(
      await done('score', '--model', model, '--ids', ids, '--json', '--backend', 'reference'),
    );
    const nats = -scored.flatMap((row) => row.logLikelihoods).reduce((a, b) => a + b, 0);
    const bytes = first.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    const words = first.reduce((sum, line) => sum + line.split(' ').length, 0);
    expect(results['text_ko']!['n']).toBe(5);
    expect(results['text_ko']!['bits_per_byte']).toBeCloseTo(nats / bytes / Math.LN2, 4);
    expect(Math.log(results['text_ko']!['word_perplexity']!)).toBeCloseTo(nats / words, 3);
    expect(results['text_en']!['n']).toBe(5);
    const report = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as {
      intervals: Record<string, Record<string, number[]>>;
      higher_is_better: object;
      'n-shot': object;
    };
    const [low, high] = report.intervals['text_ko']!['bits_per_byte']!;
    expect(low).toBeLessThan(results['text_ko']!['bits_per_byte']!);
    expect(high).toBeGreaterThan(results['text_ko']!['bits_per_byte']!);
    expect(report['n-shot']).toEqual({ text_ko: 0, text_en: 0 });
    expect(report.higher_is_better).toMatchObject({ text_ko: { bits_per_byte: false } });
  });

  it('refuses a task file with its fault’s place', async () => {
    const file = place.write('broken/b.task.json', JSON.stringify({ ...turkish, headline: 'f1' }, undefined, 1));
    const { status, stderr } = await place.run('eval', '--model', model, '--tasks', file, '--out', place.path('none'));
    expect(stderr).toMatch(
      /b\.task\.json, line \d+:14, headline: f1 is none of the metrics\. Write acc or macro_f1\.\n$/,
    );
    expect(status).toBe(2);
  });

  it('refuses a directory that holds results, and leaves them', async () => {
    const out = place.path('kept');
    await done('eval', ...copa, '--limit', '1', '--out', out);
    const before = readFileSync(path.join(out, 'results.json'), 'utf8');
    const { status, stderr } = await place.run('eval', ...copa, '--limit', '2', '--out', out);
    expect(status).toBe(2);
    expect(stderr).toContain(`${out}: there are results here already. Choose another directory`);
    expect(readFileSync(path.join(out, 'results.json'), 'utf8')).toBe(before);
  });
});
