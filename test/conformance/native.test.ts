/** The native backend against PyTorch, and operation by operation against the reference. */
import { nativeBackend } from '../../engine/src/backends/native/provider.ts';
import { describeConformance } from './conformance.ts';

describeConformance(nativeBackend);
