/** The walkthrough leads somewhere: its pages are there in each language, its buttons and events name commands that there are. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly markdown: string };
  readonly completionEvents: readonly string[];
}
const { contributes } = JSON.parse(read('package.json')) as {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly walkthroughs: readonly { readonly steps: readonly Step[] }[];
  };
};
const commands = new Set(contributes.commands.map(({ command }) => command));
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

it('leads from opening a file to a merge', () => {
  const ids = steps.map(({ id }) => id);
  expect([ids[0], ids.indexOf('merge') > 0]).toEqual(['open', true]);
});

describe.each(steps.map((step) => [step.id, step] as const))('%s', (_, { description, media, completionEvents }) => {
  it('has a page in each language', () => {
    // The editor looks for `x.nls.ko.md` beside `x.md`.
    const korean = media.markdown.replace(/\.md$/, '.nls.ko.md');
    expect([existsSync(path.join(root, media.markdown)), existsSync(path.join(root, korean))]).toEqual([true, true]);
    expect(/[가-힣]/.test(read(korean)), korean).toBe(true);
    const codes = (text: string) => (text.match(/`[\w/.]+\.(?:md|model|json)`/g) ?? []).sort();
    expect(codes(read(korean))).toEqual(codes(read(media.markdown)));
  });

  it('names commands that there are', () => {
    const texts = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;
    const text = texts[description.slice(1, -1)]!;
    const named = [...text.matchAll(/\(command:(bllossom\.\w+)\)/g)].map(([, name]) => name!);
    const events = completionEvents.flatMap((event) => /^onCommand:(.+)$/.exec(event)?.[1] ?? []);
    expect([...named, ...events].filter((name) => !commands.has(name))).toEqual([]);
    expect(text).toMatch(/\]\(command:/);
    expect(completionEvents.length).toBeGreaterThan(0);
  });

  it('sets what its contexts ask for', () => {
    for (const event of completionEvents) {
      const key = /^onContext:(.+)$/.exec(event)?.[1];
      if (key !== undefined) expect(read('client/src/serverStatus.ts')).toContain(`'${key}', true`);
    }
  });
});
