/** What a comparison is asked for with. */
import type { SideCompute } from './sides.ts';
import type { GenerationSettings, Side } from './types.ts';

/** What is asked for; to go on with a directory, what is absent is as it was. */
export interface ComparisonRequest {
  readonly directory: string;
  readonly prompts?: string;
  /** The first so many prompts. */
  readonly limit?: number;
  readonly sides: Partial<Readonly<Record<Side, string>>>;
  readonly names: Partial<Readonly<Record<Side, string>>>;
  readonly seed?: number;
  readonly generation: Partial<GenerationSettings>;
  readonly compute: SideCompute;
  readonly resume: boolean;
}
