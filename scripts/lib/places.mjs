// Where the scripts put things. All of it is under the git-ignored .workbench, so removing that folder undoes a set-up.
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const workbench = path.join(root, '.workbench');

/** The editor: code-server (VS Code for the browser) with the Node it needs, pinned. */
export const editorFolder = path.join(workbench, 'editor');
export const editorVersions = { node: '24.21.0', codeServer: '4.139.1' };

/** Packages that a user may bring for GPUs; the tests run their JavaScript, and WebGPU on a software device. Pinned. */
export const gpuPackagesFolder = path.join(workbench, 'gpu-packages');
export const gpuPackages = { webgpu: '0.6.2', '@tensorflow/tfjs-node-gpu': '4.22.0' };

export const vsix = path.join(workbench, 'bllossom-workbench-linux-x64.vsix');
export const sample = path.join(workbench, 'sample');
/** What `npm start`'s editor keeps between starts: settings, window state, the installed extension. */
export const userData = path.join(workbench, 'user-data');
export const extensions = path.join(workbench, 'extensions');
export const bundle = path.join(root, 'dist/bllossom.cjs');
export const output = path.join(root, 'test/output');
