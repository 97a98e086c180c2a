/** `bllossom vocab train` as a process: what it refuses, and that it leaves nothing when it is stopped. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, Workplace } from './bllossom.ts';

const place = new Workplace();
const english = readFileSync(path.join(root, 'client/sample/texts/en.txt'), 'utf8');

describe('vocab train', () => {
  it('counts what is no UTF-8, and refuses a text without a character', async () => {
    const broken = place.path('broken.txt');
    writeFileSync(broken, Buffer.concat([Buffer.from(english), Buffer.from([0xff, 0xfe, 0x20, 0xc0])]));
    const train = (file: string) =>
      place.run(
        'vocab',
        'train',
        '--input',
        file,
        '--size',
        '500',
        '--out',
        place.path(`${path.basename(file)}.model`),
      );
    const done = await train(broken);
    expect(done.status).toBe(0);
    expect(done.stdout).toContain('not valid UTF-8: 3 places');
    for (const empty of [place.write('lines.txt', '\n\r\n\n')]) {
      const { status, stderr } = await train(empty);
      expect(status).toBe(2);
      expect(stderr).toBe('bllossom: --input: there is no text to train on.\n');
      expect(existsSync(place.path(`${path.basename(empty)}.model`))).toBe(false);
    }
  });

  it.each(['reading data', 'choosing among'])('stops while %s, and writes nothing', async (moment) => {
    // Distinct words enough that each part takes its time, and that progress is told in each.
    const words = Array.from({ length: 80_000 }, (_, i) => `${((i * 7919) % 1_000_003).toString(36)}${i.toString(5)}`);
    const text = place.write('many.txt', words.join(' '));
    const out = place.path(`${moment}.model`);
    const train = ['vocab', 'train', '--input', text, '--type', 'unigram', '--size', '1000', '--progress', 'json'];
    const { child, ended } = place.start(...train, '--out', out);
    let stopped = false;
    child.stderr!.on('data', (told: string) => {
      if (stopped || !told.includes(moment)) return;
      stopped = true;
      child.kill('SIGINT');
    });
    const { status, stderr } = await ended;
    expect(status, stderr).toBe(130);
    expect(stderr).toMatch(/bllossom: stopped\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
