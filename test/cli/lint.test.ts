/** `bllossom lint`, bundled as it is shipped: exit statuses, JSON, SARIF, and changes that leave everything else as it was. */
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rules } from '../../engine/src/lint/index.ts';
import { english, korean, trained } from '../../engine/src/tokenizers/testing/models.ts';
import { createTokenizer } from '../../engine/src/tokenizers/modelFile.ts';
import { Workplace } from './bllossom.ts';

const place = new Workplace();
const model = trained([...english, ...korean], { size: 520 });
const tokenizer = createTokenizer(model);
writeFileSync(place.path('small.model'), model.bytes);
const count = (text: string) => tokenizer.encode(text).ids.length;

const line = korean[0]!;
const dirty = `\ufeff${line.normalize('NFD')}\r\n안녕\u200b하세요\u00a0여러분\r\nㅎㅏㄴㄱㅡㄹ\r\n`;
const clean = `\ufeff${line}\r\n안녕하세요 여러분\r\nㅎㅏㄴㄱㅡㄹ\r\n`;

interface Answer {
  readonly files: readonly {
    readonly file: string;
    readonly fixed: number;
    readonly saved?: number;
    readonly findings: readonly {
      readonly rule: string;
      readonly line: number;
      readonly saved?: number;
      readonly fix?: {
        readonly safe: boolean;
        readonly edits: readonly { start: number; end: number; text: string }[];
      };
    }[];
  }[];
  readonly errors: number;
  readonly warnings: number;
}

describe('bllossom lint', () => {
  it('tells of each finding where it is and what mending it saves', async () => {
    place.write('a.txt', dirty);
    const { status, stdout, stderr } = await place.run('lint', '--tokenizer', 'small.model', '--json', 'a.txt');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { files, errors, warnings } = JSON.parse(stdout) as Answer;
    expect({ errors, warnings }).toEqual({ errors: 0, warnings: files[0]!.findings.length });
    expect([...new Set(files[0]!.findings.map(({ rule, line }) => `${line} ${rule}`))]).toEqual([
      '1 decomposed',
      '2 invisible',
      '2 exotic-space',
      '3 compatibility-jamo',
    ]);
    for (const { saved, fix } of files[0]!.findings) {
      let after = dirty;
      for (const { start, end, text } of fix!.edits.toReversed())
        after = after.slice(0, start) + text + after.slice(end);
      expect(saved).toBe(count(dirty) - count(after));
    }
    const human = await place.run('lint', '--tokenizer', 'small.model', 'a.txt');
    expect(human.stdout).toMatch(
      /^a\.txt:1:2: warning decomposed: Decomposed Hangul \(NFD\): \d+ syllables .*\(−\d+ tokens\)\n/,
    );
  });

  it('fails for more warnings than may be, and for an error', async () => {
    place.write('a.txt', dirty);
    place.write('long.prompt', 'one two three '.repeat(40));
    expect((await place.run('lint', '--max-warnings', '4', 'a.txt')).status).toBe(0);
    expect((await place.run('lint', '--max-warnings', '3', 'a.txt')).status).toBe(1);
    expect((await place.run('lint', '--tokenizer', 'small.model', 'long.prompt')).status).toBe(0);
    place.write('deep/long.prompt', 'one two three '.repeat(40));
    place.write(
      'deep/.bllossomlint.json',
      '// a small window\n{"rules": {"over-budget": ["error", {"window": 64, "answer": 9}]}}',
    );
    const over = await place.run('lint', '--tokenizer', 'small.model', 'deep/long.prompt');
    expect(over.stdout).toMatch(/over-budget: \d+ tokens are \d+ more than the budget of 55/);
    expect(over.status).toBe(1);
  });

  it('mends what is safe to mend, and leaves byte order mark, line ends, rights and links', async () => {
    const file = place.write('fix/a.md', dirty);
    chmodSync(file, 0o640);
    symlinkSync('a.md', place.path('fix/link.md'));
    const { status, stdout } = await place.run('lint', '--tokenizer', 'small.model', '--fix', '--json', 'fix/link.md');
    const [report] = (JSON.parse(stdout) as Answer).files;
    expect(readFileSync(file, 'utf8')).toBe(clean);
    expect(report).toMatchObject({ saved: count(dirty) - count(clean) });
    expect(report!.findings.map(({ rule }) => rule)).toEqual(['compatibility-jamo']);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(status).toBe(0);
    const again = await place.run('lint', '--tokenizer', 'small.model', '--fix', 'fix/a.md');
    expect(again.stdout).not.toContain('fixed');
    expect(readFileSync(file, 'utf8')).toBe(clean);
  });

  it('mends without a tokenizer too', async () => {
    const file = place.write('b.txt', dirty);
    expect((await place.run('lint', '--fix', file)).stdout).toContain('fixed');
    expect(readFileSync(file, 'utf8')).toBe(clean);
  });

  it('writes SARIF: what the schema requires, regions in UTF-16 units, changes to be made', async () => {
    place.write('a b.txt', dirty);
    place.write('r.prompt', 'Answer in one short sentence. Be kind. Answer in one short sentence.\n');
    const { stdout } = await place.run('lint', '--tokenizer', 'small.model', '--sarif', '--preset', 'all', 'a b.txt', 'r.prompt'); // prettier-ignore
    const log = JSON.parse(stdout) as Sarif;
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    expect(run!.tool.driver.name).toBe('bllossom');
    expect(run!.tool.driver.rules.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    expect(run!.columnKind).toBe('utf16CodeUnits');
    expect(run!.results.length).toBeGreaterThan(4);
    for (const result of run!.results) {
      expect(run!.tool.driver.rules[result.ruleIndex]!.id).toBe(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.message.text).not.toBe('');
      const [{ physicalLocation }] = result.locations as [Sarif['runs'][0]['results'][0]['locations'][0]];
      expect(['a%20b.txt', 'r.prompt']).toContain(physicalLocation.artifactLocation.uri);
      const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
      for (const value of [startLine, startColumn, endLine, endColumn]) expect(value).toBeGreaterThanOrEqual(1);
      expect(endLine * 1e6 + endColumn).toBeGreaterThan(startLine * 1e6 + startColumn);
      for (const fix of result.fixes ?? [])
        for (const change of fix.artifactChanges) expect(change.replacements.length).toBeGreaterThan(0);
    }
    const repeated = run!.results.find(({ ruleId }) => ruleId === 'repeated-sentence');
    expect(repeated?.relatedLocations).toHaveLength(1);
  });

  it('refuses what it cannot read, in one line', async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await place.run('lint', ...args);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      return `${status} ${stderr}`;
    };
    writeFileSync(place.path('latin.txt'), Buffer.from([0x63, 0xe9]));
    place.write('a.txt', dirty);
    expect(await refused()).toMatch(/^2 .*no file is named/);
    expect(await refused('none.txt')).toMatch(/^2 .*none\.txt/);
    expect(await refused('latin.txt')).toMatch(/^2 .*no text in UTF-8/);
    expect(await refused('--tokenizer', 'none.model', 'a.txt')).toMatch(/^2 .*none\.model/);
    expect(await refused('--max-warnings', 'x', 'a.txt')).toMatch(/^2 .*--max-warnings/);
    expect(await refused('--json', '--sarif', 'a.txt')).toMatch(/^2 .*exclude/);
    expect(await refused('--preset', 'most', 'a.txt')).toMatch(/^2 .*preset/);
    place.write('c.json', '{"rules": {"invisibel": "off"}}');
    expect(await refused('--config', 'c.json', 'a.txt')).toMatch(
      /^2 .*c\.json, line 1:12: there is no rule "invisibel"/,
    );
  });
});

/** What the published schema requires of a log, and what is used beside it. */
interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] } };
    readonly columnKind: string;
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: {
            readonly startLine: number;
            readonly startColumn: number;
            readonly endLine: number;
            readonly endColumn: number;
          };
        };
      }[];
      readonly relatedLocations?: readonly unknown[];
      readonly fixes?: readonly {
        readonly artifactChanges: readonly { readonly replacements: readonly unknown[] }[];
      }[];
    }[];
  }[];
}
