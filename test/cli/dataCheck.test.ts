/** `bllossom data check`, bundled as it is shipped: exit statuses, lines, JSON, places in the file as it stands. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { english, trained } from '../../engine/src/tokenizers/testing/models.ts';
import { Workplace } from './bllossom.ts';

const place = new Workplace();
writeFileSync(place.path('small.model'), trained(english, { size: 400 }).bytes);
const row = (instruction: string, output: string) => JSON.stringify({ instruction, input: '', output });
const good = [row('Name a colour.', 'Blue.'), row('색을 하나 대세요.', '파랑입니다.')];

describe('bllossom data check', () => {
  it('is silent on sound data and exits 0', async () => {
    place.write('good.jsonl', good.join('\n'));
    const { status, stdout } = await place.run('data', 'check', 'good.jsonl');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0 errors, 0 warnings in 1 file\n' });
  });

  it('tells each fault at its place', async () => {
    place.write('bad.jsonl', [good[0], '{"instruction":"a","out', good[0], row('b', ' ')].join('\r\n'));
    const { status, stdout } = await place.run('data', 'check', 'bad.jsonl');
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'bad.jsonl:2:20: error row-syntax: The row is not finished',
      'bad.jsonl:3:2: warning row-duplicate: The same as row 1',
      'bad.jsonl:4:40: warning row-empty: The answer is empty',
      '1 error, 2 warnings in 1 file',
      '',
    ]);
  });

  it('answers in JSON, with the length under a tokenizer; warnings fail over a maximum', async () => {
    const text = `\ufeff[\n${good[0]!},\n${row('Go on.', english.join(' ').repeat(5))}]`;
    const file = place.write('long.json', text);
    const args = ['data', 'check', '--tokenizer', 'small.model', '--length', '180', '--template', 'alpaca', '--json'];
    const { status, stdout } = await place.run(...args, 'long.json');
    expect(status).toBe(0);
    const answer = JSON.parse(stdout) as {
      readonly files: readonly { readonly findings: readonly { readonly start: number; readonly end: number }[] }[];
    };
    expect(answer).toMatchObject({
      files: [
        { file: 'long.json', rows: 2, findings: [{ rule: 'row-too-long', severity: 'warning', row: 2, line: 3 }] },
      ],
      errors: 0,
      warnings: 1,
    });
    const [found] = answer.files[0]!.findings;
    // Offsets in the text without its byte order mark.
    const told = readFileSync(file, 'utf8').slice(1).slice(found!.start, found!.end);
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(english.join(' ').repeat(5)).slice(1, -1).endsWith(told)).toBe(true);
    expect((await place.run(...args, '--max-warnings', '0', 'long.json')).status).toBe(1);
  });

  it('has each rule as loud as the options and the nearest .bllossomlint.json say', async () => {
    place.write('set/rows.jsonl', [row('a', ' '), row('b', ' Blue.'), row('b', 'Blue.')].join('\n'));
    const told = async (...args: string[]) => {
      const { status, stdout } = await place.run('data', 'check', ...args, 'set/rows.jsonl');
      return [status, ...stdout.split('\n').flatMap((line) => / (\w+ row-[\w-]+):/.exec(line)?.[1] ?? [])];
    };
    expect(await told()).toEqual([0, 'warning row-empty', 'warning row-duplicate']);
    expect(await told('--preset', 'recommended')).toEqual([
      0,
      'warning row-empty',
      'information row-space',
      'warning row-duplicate',
    ]);
    place.write('set/.bllossomlint.json', '{ "rules": { "row-empty": "error", "row-duplicate": "off" } }');
    expect(await told()).toEqual([1, 'error row-empty']);
    place.write('other.json', '{ "rules": { "row-empty": ["hint"] } }');
    expect(await told('--config', 'other.json')).toEqual([0, 'hint row-empty', 'warning row-duplicate']);
    place.write('set/.bllossomlint.json', '{ "rules": { "row-empty": ["error", { "most": 1 }] } }');
    const { status, stderr } = await place.run('data', 'check', 'set/rows.jsonl');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('the rule row-empty has no such option. It has none.'),
    ]);
  });

  it('reads what is packed', async () => {
    writeFileSync(place.path('packed.jsonl.gz'), gzipSync(`${good.join('\n')}\n{"instruction":"a"}`));
    const { status, stdout } = await place.run('data', 'check', 'packed.jsonl.gz');
    expect([status, stdout.split('\n')[0]]).toEqual([1, 'packed.jsonl.gz:3:2: error row-field: "output" is missing']);
  });

  it.each([
    [[], /no file is named/],
    [['nowhere.jsonl'], /nowhere\.jsonl.*no such file|there is no file/],
    [['--template', 'vicuna', 'good.jsonl'], /no template "vicuna"/],
    [['--length', 'x', 'good.jsonl'], /--length/],
    [['--preset', 'most', 'good.jsonl'], /no preset "most"/],
    [['--config', 'nowhere.json', 'good.jsonl'], /nowhere\.json/],
    [['empty.jsonl'], /the file has no rows/],
  ])('refuses %j with one line and status 2', async (args, told) => {
    place.write('empty.jsonl', '\n\n');
    const { status, stdout, stderr } = await place.run('data', 'check', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(told);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
