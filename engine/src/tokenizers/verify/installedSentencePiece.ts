/** SentencePiece as the machine has it installed: its command `spm_encode`, if there is one on the PATH. */
import { spawn } from 'node:child_process';
import { ok } from '../../base/problem.ts';
import type { OracleResult } from './oracle.ts';

const command = 'spm_encode';

export async function installedSentencePiece(file: string): Promise<OracleResult> {
  const told = await run(['--version'], '', undefined).catch(() => undefined);
  if (told === undefined) return ok(undefined);
  return ok({
    name: command,
    version: /\d+(\.\d+)+/.exec(told)?.[0] ?? 'unknown',
    // A process for each batch, so that its answers are whole: a pipe would keep back the last ones.
    async encode(lines, signal) {
      const answers = (await run([`--model=${file}`, '--output_format=id'], `${lines.join('\n')}\n`, signal)).split(
        '\n',
      );
      if (answers.length !== lines.length + 1) {
        throw new Error(`${command} answered ${answers.length - 1} lines to ${lines.length}`);
      }
      return lines.map((_, i) => (answers[i] === '' ? [] : answers[i]!.split(' ').map(Number)));
    },
  });
}

function run(args: readonly string[], input: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
    const out: Buffer[] = [];
    const told: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => told.push(chunk));
    child.stdin.on('error', () => undefined); // it ended early: its exit status says so
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
      else reject(new Error(`${command} ended with ${code}: ${Buffer.concat(told).toString('utf8').slice(-500)}`));
    });
    child.stdin.end(input);
  });
}
