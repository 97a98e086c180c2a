/** Files of a kind that are checked while they are written: at once when they open, a quiet moment after each change. */
import type { Context } from './context.ts';

const quietMs = 300;

/** Answers with what has one checked again after so many ms, where something else bears on it. Faults are taken back as a file closes. */
export function checkFiles(
  { connection, documents, onShutdown }: Context,
  isOurs: (uri: string) => boolean,
  check: (uri: string) => void,
): (uri: string, delay?: number) => void {
  const timers = new Map<string, NodeJS.Timeout>();
  const schedule = (uri: string, delay = quietMs) => {
    if (!isOurs(uri)) return;
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => {
        timers.delete(uri);
        check(uri);
      }, delay),
    );
  };
  documents.onOpen(({ uri }) => schedule(uri, 0));
  documents.onChange(({ uri }) => schedule(uri));
  documents.onClose((uri) => {
    if (!isOurs(uri)) return;
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer);
  });
  return schedule;
}
