/**
 * As much of vitest as the native backend's tests ask for, to run them in one process of an emulated processor, for which vitest's own
 * libraries are not installed. Assertions are vitest's. Prints a line of JSON a test, and a last one with the sums.
 */
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
import * as chai from 'chai';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = Object.assign((value: unknown, message?: string) => chai.expect(value, message), chai.expect);

type Work = () => unknown;
interface Test {
  readonly name: string;
  readonly run: Work;
}
interface Suite {
  readonly name: string;
  readonly before: Work[];
  readonly after: Work[];
  readonly parts: (Suite | Test)[];
}

const suite = (name: string): Suite => ({ name, before: [], after: [], parts: [] });
const root = suite('');
let current = root;

export const beforeAll = (work: Work): void => void current.before.push(work);
export const afterAll = (work: Work): void => void current.after.push(work);

function addTest(name: string, run: Work): void {
  current.parts.push({ name, run });
}

function addSuite(name: string, fill: Work): void {
  const outer = current;
  const inner = suite(name);
  outer.parts.push(inner);
  current = inner;
  try {
    fill();
  } finally {
    current = outer;
  }
}

/** `%s`, `%i`, `%d`, `%j` by place. */
function title(name: string, values: readonly unknown[]): string {
  let at = 0;
  return name.replace(/%[sidj]/g, () => String(values[at++]));
}

let skipped = 0;
const skip = (): void => {
  skipped++;
};
function withVariants(add: (name: string, work: Work) => void) {
  return Object.assign(add, {
    skip,
    skipIf: (condition: unknown) => (condition === true ? skip : add),
    /** After the name options, which are passed over, and the work; or the work alone. */
    each:
      (rows: readonly unknown[]) =>
      (name: string, ...rest: readonly unknown[]) => {
        const work = rest.find((one) => typeof one === 'function') as (...values: unknown[]) => unknown;
        for (const row of rows) {
          const values: readonly unknown[] = Array.isArray(row) ? row : [row];
          add(title(name, values), () => work(...values));
        }
      },
  });
}
export const it = withVariants(addTest);
export const describe = withVariants(addSuite);

let [passed, failed] = [0, 0];
function tell(name: string, error?: unknown): void {
  if (error === undefined) passed++;
  else failed++;
  const told = error instanceof Error ? error.message : JSON.stringify(error);
  process.stdout.write(`${JSON.stringify({ name, error: told })}\n`);
}

async function run(part: Suite, path: string): Promise<void> {
  try {
    for (const work of part.before) await work();
  } catch (error) {
    tell(`${path} (before all)`, error);
    return;
  }
  for (const one of part.parts) {
    const name = path === '' ? one.name : `${path} > ${one.name}`;
    if ('parts' in one) {
      await run(one, name);
      continue;
    }
    try {
      await one.run();
      tell(name);
    } catch (error) {
      tell(name, error);
    }
  }
  for (const work of part.after) await work();
}

// When all files of the bundle have said what they test.
setImmediate(() => {
  void run(root, '').then(() => process.stdout.write(`${JSON.stringify({ passed, failed, skipped })}\n`));
});
