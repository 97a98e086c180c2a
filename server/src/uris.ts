/** Between the editor's URIs and paths on this machine. A document that is no file (untitled) has no path. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Absolute path of a `file:` or `vscode-remote:` URI (the server runs where those files are); undefined for others. */
export function uriToPath(uri: string): string | undefined {
  let url: URL;
  try {
    url = new URL(uri);
    if (url.protocol === 'file:') return fileURLToPath(url);
    if (url.protocol === 'vscode-remote:') return fileURLToPath(`file://${url.pathname}`);
  } catch {
    return undefined; // not a URI, or one that no path can stand for
  }
  return undefined;
}

/** The file that a document lies in: its own, or the notebook of a cell; undefined for those that lie in none on this machine. */
export const fileOf = (uri: string): string | undefined =>
  uriToPath(uri.replace(/^vscode-notebook-cell:(?:\/\/[^/]*)?/, 'file://'));

export const pathToUri = (file: string): string => pathToFileURL(file).href;

/** True where `file` is `directory` or lies in it. Both absolute. */
export function isInside(file: string, directory: string): boolean {
  const relative = path.relative(directory, file);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
