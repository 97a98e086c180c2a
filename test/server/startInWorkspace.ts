/** A workspace with an English and a Korean vocabulary, and a server on it: for a file of tests, which stops both. */
import { LanguageClient, bundle } from './languageClient.ts';
import { type TestWorkspace, makeWorkspace } from './workspace.ts';

export interface Started {
  readonly workspace: TestWorkspace;
  readonly client: LanguageClient;
}

export async function startInWorkspace(
  options: Omit<Parameters<typeof LanguageClient.start>[0], 'folders'> = {},
): Promise<Started> {
  await bundle();
  const workspace = makeWorkspace();
  const client = await LanguageClient.start({ ...options, folders: [workspace.folder] });
  return { workspace, client };
}
