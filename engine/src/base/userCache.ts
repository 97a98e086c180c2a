/** Where the system keeps what can be made again, for all directories of a person together. */
import { homedir } from 'node:os';
import path from 'node:path';

/** Where `name` is kept; undefined: nowhere. BLLOSSOM_STATE_DIR and BLLOSSOM_CACHE_DIR move it, an empty BLLOSSOM_CACHE_DIR does without. */
export function userCache(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string | undefined {
  const state = env['BLLOSSOM_STATE_DIR'];
  if (state !== undefined && state !== '') return path.resolve(state, name);
  const given = env['BLLOSSOM_CACHE_DIR'];
  if (given !== undefined) return given === '' ? undefined : path.resolve(given, name);
  const local = env['LOCALAPPDATA'];
  const cache = env['XDG_CACHE_HOME'];
  const root =
    platform === 'win32'
      ? (local ?? path.join(homedir(), 'AppData/Local'))
      : platform === 'darwin'
        ? path.join(homedir(), 'Library/Caches')
        : cache !== undefined && path.isAbsolute(cache)
          ? cache
          : path.join(homedir(), '.cache');
  return path.join(root, 'bllossom', name);
}
