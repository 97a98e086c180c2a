/** What TensorFlow.js can compute on, as `--device` names it, in the order in which it is tried. */
export const deviceNames = ['node-gpu', 'webgpu', 'wasm'] as const;
export type DeviceName = (typeof deviceNames)[number];
