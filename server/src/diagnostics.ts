/** `Diagnostics`: what a person is asked for when something is wrong. Versions, Node and backend with why, device, paths. */
import os from 'node:os';
import { problemLine } from '../../engine/src/base/problem.ts';
import type { BackendDescription, GpuDescription } from '../../engine/src/backends/index.ts';
import type { Context } from './context.ts';
import { runEngine } from './engineProcess.ts';
import { Diagnostics } from './protocol.ts';
import { serverVersion } from './version.ts';

interface Line {
  readonly name: string;
  readonly value: string;
}

export function registerDiagnostics(context: Context): void {
  context.connection.onRequest(Diagnostics.type, async () => {
    const [engine, tokenizers] = await Promise.all([engineLines(context), tokenizerLines(context)]);
    const cpus = os.cpus();
    return {
      lines: [
        { name: 'extension', value: context.options.extensionVersion },
        { name: 'language server', value: `${serverVersion} on Node ${process.versions.node}, pid ${process.pid}` },
        ...engine,
        { name: 'system', value: `${os.type()} ${os.release()} (${process.platform}-${process.arch})` },
        { name: 'processor', value: `${cpus[0]?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} threads` },
        { name: 'memory', value: `${gib(os.totalmem())} GiB, ${gib(os.freemem())} GiB free` },
        ...context.workspace.folders.map((folder) => ({ name: 'workspace folder', value: folder.path })),
        ...tokenizers,
        { name: 'inference host', value: context.host.describe() },
      ],
    };
  });
}

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** The engine's own word: which Node runs it, and what `bllossom diagnostics` says of backends. */
async function engineLines({ node, options, settings }: Context): Promise<Line[]> {
  const lines: Line[] = [{ name: 'engine', value: options.enginePath }];
  const { engine } = await settings();
  const choice = await node();
  if (!choice.ok) return [...lines, { name: 'Node for the engine', value: problemLine(choice.problem) }];
  const { path, version } = choice.value;
  lines.push({ name: 'Node for the engine', value: `${path}, version ${version} (${choice.value.why})` });
  const args = ['diagnostics', '--backend', engine.backend];
  const outcome = await runEngine({ node: choice.value, enginePath: options.enginePath, args });
  if (outcome.kind === 'ended' && outcome.result.ok)
    return [...lines, ...linesOf(outcome.result.value as EngineDiagnostics)];
  const why = outcome.kind === 'ended' && !outcome.result.ok ? problemLine(outcome.result.problem) : 'stopped';
  return [...lines, { name: 'engine self-check', value: why }];
}

/** What `bllossom diagnostics --json` answers. */
interface EngineDiagnostics {
  readonly version: string;
  /** The backend taken and why, or why none. */
  readonly backend: string;
  readonly backends: readonly BackendDescription[];
  readonly gpus: readonly GpuDescription[];
}

function linesOf({ version, backend, backends, gpus }: EngineDiagnostics): Line[] {
  return [
    { name: 'engine version', value: version },
    { name: 'backend', value: backend },
    ...backends.map(({ name, device, precisions, milliseconds, problem }) => ({
      name: `backend ${name}`,
      value:
        problem ??
        `${device ?? ''}; ${(precisions ?? []).join(', ')}; passed its self-check in ${milliseconds ?? 0} ms`,
    })),
    ...gpus.map(({ name, state, devices, problem, remedy }) => ({
      name: `GPU by ${name}`,
      value: devices.length > 0 ? `${state}; ${devices.join('; ')}` : `${problem ?? state}. ${remedy ?? ''}`,
    })),
  ];
}

async function tokenizerLines({ documents, tokenizers, workspace }: Context): Promise<Line[]> {
  const uri = documents.all()[0]?.uri ?? workspace.folders[0]?.uri ?? '';
  const chosen = await tokenizers.for(uri);
  const { tokenizers: found, truncated } = await workspace.files();
  return [
    {
      name: 'tokenizer',
      value: chosen.ok
        ? `${chosen.value.info.path} (${chosen.value.info.algorithm}, ${chosen.value.info.size} pieces)`
        : problemLine(chosen.problem),
    },
    { name: 'tokenizers found', value: found.length === 0 ? 'none' : found.join(', ') },
    ...(truncated ? [{ name: 'workspace', value: 'too large to be searched whole; some files may be missing' }] : []),
  ];
}
