/** The reference backend against PyTorch. */
import { referenceBackend } from '../../engine/src/backends/reference/referenceBackend.ts';
import { describeConformance } from './conformance.ts';

describeConformance(referenceBackend);
