/**
 * Runs in the workspace: listed from their directories, started and stopped, followed row by row. Their processes are
 * their own; this server only looks at them, and may go and come while they train.
 */
import path from 'node:path';
import { attach } from '../../engine/src/protocolClient.ts';
import { Metrics, Status, Stop } from '../../engine/src/protocol.ts';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { readRecord } from '../../engine/src/runs/directory.ts';
import { readSamples } from '../../engine/src/runs/metrics.ts';
import { spawnRun } from '../../engine/src/runs/spawn.ts';
import { isLive, readStatus } from '../../engine/src/runs/state.ts';
import type { Context } from './context.ts';
import { answer, failure } from './failure.ts';
import {
  FollowRun,
  ListRuns,
  RunMetrics,
  RunSamples,
  RunStatusChanged,
  StartRun,
  StopRun,
  UnfollowRun,
} from './protocol.ts';
import type { RunInfo, RunStatus } from './protocol.ts';
import { RunFollower } from './runFollower.ts';
import type { Attach } from './runFollower.ts';
import { serverVersion } from './version.ts';

/** How often the runs that are not followed are looked at. */
const lookEvery = 1000;

/** So many runs are read at a stretch: a few milliseconds. */
const atOnce = 50;

const clientName = `language server ${serverVersion}`;

export function registerRuns(context: Context): void {
  const { connection, slices, workspace, watch } = context;
  const followers = new Map<string, RunFollower>();
  /** Runs known of, with the status last told; those looked at last stand last. */
  const told = new Map<string, { readonly seen: string; readonly live: boolean }>();

  const note = ({ directory, status }: RunInfo) =>
    void told.set(directory, { seen: fingerprint(status), live: isLive(status.state) });

  const tell = (info: RunInfo) => {
    if (told.get(info.directory)?.seen === fingerprint(info.status)) return;
    note(info);
    void connection.sendNotification(RunStatusChanged.type, info);
  };

  const unfollow = (directory: string) => {
    followers.get(directory)?.stop();
    followers.delete(directory);
  };

  /** Those that go on or are followed, and of the others the ones whose last look is longest ago. */
  const dueForALook = (): string[] => {
    const always = [...told].filter(([directory, { live }]) => live || followers.has(directory)).map(([name]) => name);
    const others = [...told].filter(([directory, { live }]) => !live && !followers.has(directory)).slice(0, atOnce);
    for (const [directory, last] of others) {
      told.delete(directory);
      told.set(directory, last); // to the end of the map's order
    }
    return [...always, ...others.map(([directory]) => directory)];
  };

  const look = () => {
    for (const directory of dueForALook()) {
      const info = readRun(directory);
      if (info !== undefined) {
        if (!followers.has(directory)) tell(info);
      } else {
        unfollow(directory); // its directory was removed
        told.delete(directory);
        watch.tell(['runs']);
      }
    }
  };
  const clock = setInterval(look, lookEvery);

  connection.onRequest(ListRuns.type, async () => {
    const { runs } = await workspace.fresh();
    const directories = [...new Set([...runs, ...told.keys()])];
    const infos: RunInfo[] = [];
    for (let first = 0; first < directories.length; first += atOnce) {
      if (first > 0) await slices.turn();
      infos.push(...directories.slice(first, first + atOnce).flatMap((directory) => readRun(directory) ?? []));
    }
    infos.forEach(note);
    return infos.sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0));
  });

  connection.onRequest(FollowRun.type, async ({ directory }) => {
    const run = readRun(directory);
    if (run === undefined) return failure(noRun(directory));
    unfollow(directory);
    const follower = new RunFollower(directory, attachToRun, {
      rows: (change) => void connection.sendNotification(RunMetrics.type, { directory, ...change }),
      status: () => {
        const now = readRun(directory);
        if (now !== undefined) tell(now);
      },
    });
    followers.set(directory, follower);
    note(run);
    const rows = await follower.start();
    return { run, rows };
  });

  connection.onRequest(RunSamples.type, ({ directory }) => readSamples(directory));

  connection.onNotification(UnfollowRun.type, ({ directory }) => unfollow(directory));

  connection.onRequest(StopRun.type, async ({ directory }) => answer(await stopRun(directory)));

  connection.onRequest(StartRun.type, async ({ spec, resume }) => {
    const node = await context.node();
    if (!node.ok) return failure(node.problem);
    const { engine } = await context.settings();
    const started = await spawnRun(spec, {
      nodePath: node.value.path,
      env: node.value.env,
      enginePath: context.options.enginePath,
      resume: resume === true,
      ...(engine.backend === 'auto' ? {} : { backend: engine.backend }),
    });
    if (!started.ok) return failure(started.problem);
    const info = readRun(started.value);
    if (info === undefined) return failure(noRun(started.value));
    note(info);
    watch.tell(['runs']);
    followers.get(info.directory)?.look();
    return info;
  });

  context.onShutdown(() => {
    clearInterval(clock);
    for (const directory of [...followers.keys()]) unfollow(directory);
  });
}

const noRun = (directory: string) => ({
  what: 'there is no run here (any more)',
  where: { file: directory },
  remedy: 'Refresh the list of runs.',
});

/** What a status says, without the heartbeat. */
function fingerprint(status: RunStatus): string {
  return JSON.stringify({ ...status, heartbeat: 0 });
}

/** A run as its directory tells it; undefined where it is none, or has no state yet. */
function readRun(directory: string): RunInfo | undefined {
  const record = readRecord(directory);
  const status = readStatus(directory);
  if (record === undefined || status === undefined) return undefined;
  return {
    directory,
    name: path.basename(directory),
    kind: record.spec.kind,
    specFile: record.specFile,
    startedAt: record.startedAt,
    ...(record.sources === undefined ? {} : { sources: record.sources }),
    status: status.state === 'interrupted' ? interrupted(status) : status,
  };
}

/** Says how a run ended that could not say so itself, and that nothing before its last checkpoint is lost. */
function interrupted(status: RunStatus): RunStatus {
  return {
    ...status,
    message: `its process (pid ${status.pid}) ended without a word at step ${status.step}; Resume goes on from its last checkpoint`,
  };
}

const attachToRun: Attach = async (socket, onNews, onEnd) => {
  const attached = await attach(socket, {
    client: clientName,
    prepare: (run) => {
      run.onNotification(Metrics.type, onNews);
      run.onNotification(Status.type, onNews);
    },
    onClose: onEnd,
  });
  return attached.ok ? { detach: () => attached.value.dispose() } : undefined;
};

/** Gives a run the word to stop. */
async function stopRun(directory: string): Promise<Result<null>> {
  const status = readRun(directory)?.status;
  if (status === undefined) return { ok: false, problem: noRun(directory) };
  if (!isLive(status.state)) return bad(`the run does not go on: it is ${status.state}`, { file: directory });
  const attached = await attach(status.socket, { client: clientName });
  if (!attached.ok) return attached;
  try {
    await attached.value.connection.sendRequest(Stop.type, {});
    return ok(null);
  } finally {
    attached.value.dispose();
  }
}
