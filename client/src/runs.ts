/** Runs: the tree, starting, stopping and resuming them, and what is said when one fails. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../server/src/protocol.ts';
import { ListRuns, RunStatusChanged, StartRun, StopRun, WorkspaceChanged } from '../../server/src/protocol.ts';
import { count, duration, figure, percent } from './figures.ts';
import { factItem, ListTree } from './listTree.ts';
import { pathOf, readable, schemeOf } from './paths.ts';
import { problemLine } from './problemLines.ts';
import { problemOf } from './problems.ts';
import { followInNotification } from './runProgress.ts';
import { isActive, isResumable, stateIcon, stateWord, statusLine } from './runWords.ts';
import type { Workbench } from './workbench.ts';

/** How often a run's figures are shown anew. */
const showEveryMs = 1000;

export interface RunsFeature {
  /** Runs as last heard of. */
  all(): readonly RunInfo[];
  get(directory: string): RunInfo | undefined;
  /** Fires with each run whose status changed. */
  readonly onChanged: vscode.Event<RunInfo>;
  /** The run a command is meant for: its argument (a run, its directory, its spec), or one the user picks. */
  choose(argument: unknown, title: string, can?: (run: RunInfo) => boolean): Promise<RunInfo | undefined>;
  /** Path of the spec a command is meant for, saved where it was being edited; or of one the user picks. */
  chooseSpec(argument: unknown): Promise<string | undefined>;
}

export function registerRuns(workbench: Workbench): RunsFeature {
  const { extension, server, messages } = workbench;
  const runs = new Map<string, RunInfo>();
  const changed = new vscode.EventEmitter<RunInfo>();

  const fetch = async (): Promise<readonly RunInfo[]> => {
    const list = await server.request(ListRuns.type, {});
    runs.clear();
    for (const run of list) runs.set(run.directory, run);
    describe();
    return newestFirst(list);
  };
  const tree: ListTree<RunInfo> = new ListTree<RunInfo>({
    view: 'bllossom.runs',
    fetch,
    toItem: treeItem,
    children: facts,
    staleOn: [workbench.onStale],
    onFailure: (error) => messages.quietly('listing runs', error),
  });

  /** How far the run is that computes, beside the view's title: there it may change without any row being drawn anew. */
  const describe = () => {
    const active = [...runs.values()].filter(({ status }) => isActive(status.state));
    const run = active.find(({ status }) => status.state === 'running') ?? active[0];
    tree.view.description = run === undefined ? '' : `${run.name}: ${statusLine(run.status)}`;
  };
  let timer: NodeJS.Timeout | undefined;
  /** Shows all as they are: at once where a state is another one, else once a second for all that has come in. */
  const showRuns = (atOnce: boolean) => {
    if (!atOnce) {
      timer ??= setTimeout(() => showRuns(true), showEveryMs);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    describe();
    tree.show(feature.all());
  };

  const chooseRun: RunsFeature['choose'] = async (argument, title, can = () => true) => {
    const list = await fetch();
    const named = pathOf(argument);
    if (named !== undefined) {
      const run = list.find(({ directory, specFile }) => directory === named || specFile === named);
      if (run === undefined) void messages.error(vscode.l10n.t('There is no run in {0}.', readable(named)));
      return run;
    }
    const possible = list.filter(can);
    if (possible.length === 0) {
      void messages.info(vscode.l10n.t('There is no run that this could be done with.'));
      return undefined;
    }
    const items = possible.map((run) => ({
      label: run.name,
      description: statusLine(run.status),
      detail: readable(run.directory),
      iconPath: stateIcon(run.status.state),
      run,
    }));
    return (await vscode.window.showQuickPick(items, { title }))?.run;
  };

  const feature: RunsFeature = {
    all: () => newestFirst([...runs.values()]),
    get: (directory) => runs.get(directory),
    onChanged: changed.event,
    choose: chooseRun,
    chooseSpec: async (argument) => {
      const virtual = schemeOf(argument);
      if (virtual !== undefined) {
        void messages.error(
          vscode.l10n.t('A run needs its spec, its data and its model on disk; this spec lies in {0}.', virtual),
        );
        return undefined;
      }
      const spec = pathOf(argument) ?? (await chooseSpec());
      const open = vscode.workspace.textDocuments.find(({ uri, isDirty }) => uri.fsPath === spec && isDirty);
      return open === undefined || (await open.save()) ? spec : undefined;
    },
  };

  const launch = async (spec: string, resume: boolean): Promise<RunInfo | undefined> => {
    try {
      const run = await server.request(StartRun.type, resume ? { spec, resume } : { spec });
      runs.set(run.directory, run);
      showRuns(true);
      changed.fire(run);
      followInNotification(workbench, changed.event, run);
      return run;
    } catch (error) {
      const before = resume ? undefined : [...runs.values()].find((run) => run.specFile === spec);
      const canResume = before !== undefined && isResumable(before.status.state);
      const button = { label: vscode.l10n.t('Resume Run'), run: () => launch(spec, true) };
      void messages.failure(error, canResume && problemOf(error) !== undefined ? [button] : []);
      return undefined;
    }
  };

  const start = async (argument?: unknown): Promise<RunInfo | undefined> => {
    const spec = await feature.chooseSpec(argument);
    if (spec === undefined) return undefined;
    await fetch().catch(() => undefined);
    return launch(spec, false);
  };

  const stop = async (argument?: unknown): Promise<boolean> => {
    try {
      const run = await chooseRun(argument, vscode.l10n.t('Stop Run'), ({ status }) => isActive(status.state));
      if (run === undefined) return false;
      await server.request(StopRun.type, { directory: run.directory });
      return true;
    } catch (error) {
      void messages.failure(error);
      return false;
    }
  };

  const resume = async (argument?: unknown): Promise<RunInfo | undefined> => {
    try {
      const run = await chooseRun(argument, vscode.l10n.t('Resume Run'), ({ status }) => isResumable(status.state));
      if (run === undefined) return undefined;
      if (run.specFile === undefined) {
        void messages.error(
          vscode.l10n.t('The spec of the run {0} is not known. Start it from its *.run.json.', run.name),
        );
        return undefined;
      }
      return await launch(run.specFile, true);
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  const inRun = async (argument: unknown, name: string): Promise<vscode.Uri | undefined> => {
    const run = await chooseRun(argument, vscode.l10n.t('Runs'));
    return run === undefined ? undefined : vscode.Uri.file(path.join(run.directory, name));
  };
  const openLog = async (argument?: unknown): Promise<void> => {
    const log = await inRun(argument, 'log.txt');
    if (log !== undefined) await vscode.window.showTextDocument(log, { preview: true });
  };
  const openFolder = async (argument?: unknown): Promise<void> => {
    const folder = await inRun(argument, '.');
    if (folder !== undefined) await vscode.commands.executeCommand('revealInExplorer', folder);
  };
  /** A command that tells the user what went wrong in it. */
  const told = (work: (argument?: unknown) => Promise<unknown>) => async (argument?: unknown) => {
    try {
      return await work(argument);
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    tree,
    changed,
    { dispose: () => clearTimeout(timer) },
    vscode.commands.registerCommand('bllossom.startRun', told(start)),
    vscode.commands.registerCommand('bllossom.stopRun', stop),
    vscode.commands.registerCommand('bllossom.resumeRun', resume),
    vscode.commands.registerCommand('bllossom.openRunLog', told(openLog)),
    vscode.commands.registerCommand('bllossom.openRunFolder', told(openFolder)),
    server.on(RunStatusChanged.type, (run) => {
      const before = runs.get(run.directory)?.status.state;
      runs.set(run.directory, run);
      showRuns(before !== run.status.state);
      changed.fire(run);
      if (before !== undefined && isActive(before)) tellHowItEnded(workbench, run, () => resume(run));
    }),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (what.includes('runs')) tree.refresh();
    }),
    server.onReady(() => {
      // Known from the start, so that a run that fails later is told about even where the tree was never opened.
      fetch().then(
        (list) => {
          for (const run of list) changed.fire(run);
        },
        () => undefined,
      );
    }),
  );
  return feature;
}

/** A failed or interrupted run is said aloud, with what can be done; a stopped or finished one shows in the tree. */
function tellHowItEnded({ messages }: Workbench, run: RunInfo, resume: () => unknown): void {
  const { state, problem, step } = run.status;
  if (state !== 'failed' && state !== 'interrupted') return;
  const why = problem === undefined ? '' : ` ${problemLine(problem)}`;
  const text =
    state === 'failed'
      ? vscode.l10n.t('The run {0} failed at step {1}.', run.name, step)
      : vscode.l10n.t(
          'The process of the run {0} died at step {1}. Resume goes on from its last checkpoint.',
          run.name,
          step,
        );
  void messages.error(`${text}${why}`, [
    { label: vscode.l10n.t('Resume Run'), run: resume },
    {
      label: vscode.l10n.t('Show Run Log'),
      run: () => vscode.commands.executeCommand('bllossom.openRunLog', run),
    },
  ]);
}

async function chooseSpec(): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === 'file' && active.path.endsWith('.run.json')) return active.fsPath;
  const found = await vscode.workspace.findFiles('**/*.run.json', '**/node_modules/**', 200);
  const items = found
    .map(({ fsPath }) => ({ label: path.basename(fsPath), description: readable(path.dirname(fsPath)), fsPath }))
    .sort((a, b) => a.fsPath.localeCompare(b.fsPath));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no run spec here yet: a file named *.run.json, which completes as you type.'),
    );
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Start Run') }))?.fsPath;
}

const newestFirst = (runs: readonly RunInfo[]): readonly RunInfo[] =>
  [...runs].sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0));

/**
 * A run's row. While the run goes on, it says nothing that keeps changing: a row drawn anew between press and release of its
 * Stop button would lose the press. The figures stand below it and beside the view's title.
 */
function treeItem(run: RunInfo): vscode.TreeItem {
  const { state, problem, message } = run.status;
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(run.name, isActive(state) ? Expanded : Collapsed);
  item.id = run.directory;
  const waiting = state === 'queued' && message !== undefined ? ` · ${message}` : '';
  item.description = isActive(state) ? `${stateWord(state)}${waiting}` : statusLine(run.status);
  item.iconPath = stateIcon(state);
  item.contextValue = `run ${isActive(state) ? 'active' : ''} ${isResumable(state) ? 'resumable' : ''} ${state}`;
  const tip = [
    run.name,
    stateWord(state),
    ...(problem === undefined ? [] : [problemLine(problem)]),
    run.directory,
    // What keeps changing stands below the row while the run goes on.
    ...sourceFacts(isActive(state) ? { ...run, status: { ...run.status, sourceTokens: [] } } : run).map((fact) =>
      fact.join(': '),
    ),
  ];
  item.tooltip = tip.join('\n');
  item.accessibilityInformation = { label: `${run.name}, ${stateWord(state)}, ${item.description}` };
  return item;
}

function progress({ step, steps, loss, secondsLeft }: RunInfo['status']): readonly [string, string][] {
  return [
    [vscode.l10n.t('Step'), steps === 0 ? '–' : `${count(step)} / ${count(steps)}`],
    [vscode.l10n.t('Loss'), figure(loss)],
    [vscode.l10n.t('Time left'), secondsLeft === undefined ? '–' : duration(secondsLeft, vscode.env.language)],
  ];
}

/** Each data file: its share of what was read, and how often it was read so far. */
function sourceFacts({ sources = [], status }: RunInfo): readonly (readonly [string, string])[] {
  const read = status.sourceTokens ?? [];
  const all = read.reduce((sum, tokens) => sum + tokens, 0);
  return sources.map(({ path: file, share, epochs, tokens }, i) => {
    const own = read[i];
    const [part, times] = own === undefined || all === 0 ? [share, undefined] : [own / all, own / tokens];
    const planned = epochs.toFixed(2);
    return [
      path.basename(file),
      times === undefined
        ? vscode.l10n.t('{0} of the tokens, {1} epochs', percent(part), planned)
        : vscode.l10n.t('{0} of the tokens, {1} of {2} epochs', percent(part), times.toFixed(2), planned),
    ];
  });
}

function facts(run: RunInfo): readonly vscode.TreeItem[] {
  const { status, kind, specFile, startedAt, directory } = run;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [vscode.l10n.t('State'), stateWord(status.state)],
    // While it goes on these rows are there from the start, so that none comes between the others.
    ...(isActive(status.state) ? progress(status) : []),
    [vscode.l10n.t('Problem'), status.problem === undefined ? undefined : problemLine(status.problem)],
    ...sourceFacts(run),
    [vscode.l10n.t('Kind'), kind],
    [vscode.l10n.t('Backend'), status.backend],
    [vscode.l10n.t('Why this backend'), status.backendReason],
    [vscode.l10n.t('Device'), status.device],
    [
      vscode.l10n.t('Started'),
      startedAt === undefined ? undefined : new Date(startedAt).toLocaleString(vscode.env.language),
    ],
    [vscode.l10n.t('Spec'), specFile === undefined ? undefined : readable(specFile)],
    [vscode.l10n.t('Folder'), readable(directory)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [factItem(name, value)]));
}
