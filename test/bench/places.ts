/** Where a benchmark finds the project and the shared data: the runner says where the project is. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export const root = process.env['BLLOSSOM_ROOT'] ?? process.cwd();
export const shared = path.resolve(root, '../shared/data');
export const hasShared = existsSync(shared);
