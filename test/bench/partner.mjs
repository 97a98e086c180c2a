// A process that a benchmark asks in turns with others: it answers each line it is given with a line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Starts it; its first line says what it is. Throws what it said last where it ends.
 * @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} env
 */
export async function partner(command, args, env) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-2000)));
  child.stdin.on('error', () => undefined); // it has ended: its silence says so
  const gone = new Promise((resolve) => {
    child.on('error', resolve);
    child.on('close', (code, signal) => resolve(new Error(`ended with ${signal ?? code}`)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @returns {Promise<any>} what each line holds is between who asks and who answers */
  const next = async () => {
    const line = await lines.next();
    if (line.done !== true) return JSON.parse(line.value);
    const why = said.trim().split('\n').slice(-2).join(' / ');
    throw new Error(`${/** @type {Error} */ (await gone).message}${why === '' ? '' : `: ${why}`}`);
  };
  const end = async () => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await Promise.race([gone, once(child, 'close')]);
  };
  try {
    const first = await next();
    /** @param {number} steps */
    const steps = (steps) => {
      child.stdin.write(`${steps}\n`);
      return next();
    };
    return { first, steps, end };
  } catch (error) {
    await end();
    throw error;
  }
}
