/** The TensorFlow.js backend against PyTorch, and operation by operation against the reference. */
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { describeConformance } from './conformance.ts';

describeConformance(tfjsBackend);
