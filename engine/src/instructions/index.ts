/** Instruction data: what other folders may use. */
export { type CheckedRow, checkRow, defaultRowOptions, type RowOptions } from './checkRow.ts';
export { type InstructionFinding, type InstructionKind, InstructionText, type RowAt } from './instructionText.ts';
export type { RowTemplate } from './length.ts';
export { completionsAt, fieldAt, type FieldRole, type RowCompletion, type RowField } from './rowFields.ts';
export {
  defaultRowSeverities,
  rowMessage,
  rowRuleIds,
  rowRuleOf,
  type RowRule,
  type RowRuleId,
  type RowSeverities,
} from './rule.ts';
export { deletion, type RowFix, rowFixes, rowFixTitle, rowInput, silencing } from './fixes.ts';
