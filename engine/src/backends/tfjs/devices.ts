import { bad, type Result } from '../../base/problem.ts';
import type { BackendOptions } from '../backend.ts';
import * as tf from '@tensorflow/tfjs-core';
import type { Runtime } from './runtime.ts';
import { openWasm } from './wasm/open.ts';
export function openDevice({ device }: BackendOptions): Promise<Result<Runtime>> {
  tf.env().set('PROD', true); // No shape checks in each operation, no hints on the console.
  if (device !== undefined && device !== 'cpu' && device !== 'wasm') return Promise.resolve(bad('no'));
  return openWasm();
}
