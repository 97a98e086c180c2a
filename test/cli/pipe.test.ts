/** The command line in a pipe: a reader that has seen enough (`… | head -1`) ends the command without a word. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { Workplace, root } from './bllossom.ts';

const place = new Workplace();

it('ends quietly when its reader is gone', async () => {
  const text = place.write('text.txt', 'water freezes at zero degrees\n'.repeat(200_000));
  const english = path.join(root, 'client/sample/texts/en.txt');
  const model = place.path('tiny.model');
  expect((await place.run('vocab', 'train', '--input', english, '--size', '400', '--out', model)).status).toBe(0);
  const { child, ended } = place.start('tokenize', '--tokenizer', model, '--json', text);
  child.stdout!.once('data', () => child.stdout!.destroy());
  const { status, stdout, stderr } = await ended;
  expect(stdout).toContain('"ids":[');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
