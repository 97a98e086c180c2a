/** `bllossom tokenizer verify`, bundled as it is shipped: the implementations it compares with are in the bundle. */
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { english, korean, trained } from '../../engine/src/tokenizers/testing/models.ts';
import type { Verification } from '../../engine/src/tokenizers/verify/verify.ts';
import { Workplace } from './bllossom.ts';

const place = new Workplace();
const model = place.path('small.model');
writeFileSync(model, trained([...english, ...korean], { size: 400 }).bytes);
const text = place.write('text.txt', [...english, ...korean, '<s> 👍🏽\u0000'].join('\n'));

describe('bllossom tokenizer verify', () => {
  it('compares with SentencePiece, of a version that it names', async () => {
    const { status, stdout, stderr } = await place.run('tokenizer', 'verify', '--tokenizer', model, '--text', text, '--json'); // prettier-ignore
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout) as Verification;
    expect(report).toMatchObject({ same: true, lines: english.length + korean.length + 1, differences: [] });
    expect(report.oracles[0]).toEqual({ name: 'sentencepiece-js', version: expect.stringMatching(/^\d+\./) as string, differing: 0 }); // prettier-ignore
  });

  it('takes texts of its own making without one', async () => {
    const { status, stdout } = await place.run('tokenizer', 'verify', '--tokenizer', model);
    expect(stdout).toContain('made from the vocabulary: the same ids and texts');
    expect(status).toBe(0);
  });

  it.skipIf(process.platform === 'win32')(
    'asks the SentencePiece on the PATH; ends with 1 where that differs',
    async () => {
      // One that answers id 0 to every line.
      const script = place.write(
        'bin/spm_encode',
        '#!/bin/sh\nif [ "$1" = --version ]; then echo "sentencepiece 9.9"; else sed "s/.*/0/"; fi\n',
      );
      chmodSync(script, 0o755);
      place.env['PATH'] = `${path.dirname(script)}${path.delimiter}${process.env['PATH'] ?? ''}`;
      const json = await place.run(
        'tokenizer',
        'verify',
        '--tokenizer',
        model,
        '--text',
        text,
        '--show',
        '2',
        '--json',
      );
      const report = JSON.parse(json.stdout) as Verification;
      expect(report.oracles).toContainEqual({ name: 'spm_encode', version: '9.9', differing: report.lines });
      expect(report.differences.map(({ line }) => line)).toEqual([1, 2]);
      expect(report.differences[0]).toMatchObject({ file: text, text: english[0], theirs: ['<unk>'] });
      expect(json).toMatchObject({ status: 1, stderr: '' });
      const { stdout, status } = await place.run('tokenizer', 'verify', '--tokenizer', model, '--text', text);
      expect(status).toBe(1);
      expect(stdout).toContain('spm_encode: <unk>');
    },
  );

  it('refuses what it cannot read, in one line', async () => {
    const missing = await place.run('tokenizer', 'verify', '--tokenizer', model, '--text', place.path('none.txt'));
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    expect(missing.stderr).toMatch(/none\.txt: there is no such file/);
    expect(await place.run('tokenizer', 'verify')).toMatchObject({ status: 2 });
    const broken = await place.run('tokenizer', 'verify', '--tokenizer', text);
    expect(broken).toMatchObject({ status: 2, stdout: '' });
  });
});
