/** Models on disk, the public face: Hugging Face directories, PEFT adapters and safetensors files, read, checked and written. */
export { adapterConfigFile, loraOf } from './files/adapterConfig.ts';
export type { AdapterConfig } from './files/adapterConfig.ts';
export {
  baseOfAdapter,
  isAdapterDirectory,
  readAdapter,
  readAdapterConfig,
  withTables,
} from './files/adapterDirectory.ts';
export type { Adapter } from './files/adapterDirectory.ts';
export type { LeftOut } from './files/companions.ts';
export { parseConfig, type UnappliedSetting, unappliedSettings, unappliedWords } from './files/config.ts';
export type { ModelConfig } from './files/config.ts';
export { expandInits, expandModel } from './files/expandModel.ts';
export type { Expansion } from './files/expandModel.ts';
export { randomParameters } from './files/initModel.ts';
export { inspectModelDirectory } from './files/inspectModel.ts';
export { mergeAdapter } from './files/mergeAdapter.ts';
export { openModelDirectory, readModelDirectory, streamModelDirectory } from './files/modelDirectory.ts';
export type { ModelInMemory, StreamedModel } from './files/modelDirectory.ts';
export {
  embeddingName,
  headName,
  parameterCount,
  parametersCalled,
  parameterShapes,
  trainableRemedy,
} from './files/parameters.ts';
export { readSafetensors, writeSafetensors } from './files/safetensors.ts';
export { writeAdapterDirectory } from './files/writeAdapter.ts';
export { refuseExisting, writeModelDirectory } from './files/writeModel.ts';
