/** Instruction data: what other folders may use. */
export { defaultRowOptions, type RowOptions } from './checkRow.ts';
export { type InstructionFinding, type InstructionKind, InstructionText, type RowAt } from './instructionText.ts';
export type { RowTemplate } from './length.ts';
export { completionsAt, fieldAt, type FieldRole, type RowField } from './rowFields.ts';
export { rowMessage, rowRuleIds, type RowRuleId } from './rule.ts';
export { deletion, rowFixes, rowFixTitle, rowInput, silencing } from './fixes.ts';
