/** The graph's public face: what backends and model builders import. */
export { gradients } from './autodiff.ts';
export { Graph } from './graph.ts';
export { GraphError } from './operation.ts';
export type { Operation } from './operation.ts';
export { operations } from './operations.ts';
export type { AttributesOf, Node, NodeOf, OperationName } from './operations.ts';
export { dropoutKey, keeps } from './ops/dropout.ts';
export { planGraph } from './plan.ts';
export type { Plan, PlanStep } from './plan.ts';
export { byteCount, elementCount, formats, isStoredType, resolveShape, sameShape, storedTypes } from './value.ts';
export type { DType, Shape, Sizes, StoredType, Value } from './value.ts';
