/**
 * The command line in a pipe: a reader that has seen enough (`… | head -1`) ends the command without a word; one that is stopped while it
 * waits for its writer says so, and a second signal ends it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Workplace, root } from './bllossom.ts';

const place = new Workplace();

const vocabulary = async (): Promise<string> => {
  const english = path.join(root, 'client/sample/texts/en.txt');
  const model = place.path('tiny.model');
  if (!existsSync(model))
    expect((await place.run('vocab', 'train', '--input', english, '--size', '400', '--out', model)).status).toBe(0);
  return model;
};

it('ends quietly when its reader is gone', async () => {
  const text = place.write('text.txt', 'water freezes at zero degrees\n'.repeat(200_000));
  const model = await vocabulary();
  const { child, ended } = place.start('tokenize', '--tokenizer', model, '--json', text);
  child.stdout!.once('data', () => child.stdout!.destroy());
  const { status, stdout, stderr } = await ended;
  expect(stdout).toContain('"ids":[');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it.skipIf(process.platform === 'win32')('says what a stop waits for, and ends at the second signal', async () => {
  const { child, ended } = place.start('tokenize', '--tokenizer', await vocabulary(), '--json');
  child.stdin!.write('water\n');
  child.stdout!.once('data', () => child.kill('SIGINT'));
  child.stderr!.on('data', () => child.kill('SIGINT'));
  const { status, stderr } = await ended;
  // As a shell tells it: 128 and the signal's number, 2.
  expect([status, child.signalCode]).toEqual([null, 'SIGINT']);
  expect(stderr).toBe('bllossom: stopping; waits for what is under way. A second Ctrl+C ends it at once.\n');
});

it.skipIf(process.platform === 'win32')('trains a vocabulary from a pipe as from a file', async () => {
  await vocabulary();
  const text = readFileSync(path.join(root, 'client/sample/texts/en.txt'));
  const out = place.path('piped.model');
  // What Node gives a process as standard input is a socket; a shell gives a pipe.
  const bundle = [process.execPath, place.bundle].map((one) => `'${one}'`).join(' ');
  const line = `cat | ${bundle} vocab train --input /dev/stdin --size 400 --out '${out}'`;
  execFileSync('sh', ['-c', line], { input: text, env: place.env, stdio: ['pipe', 'pipe', 'pipe'] });
  expect(readFileSync(out)).toEqual(readFileSync(place.path('tiny.model')));
});
