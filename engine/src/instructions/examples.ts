/** Rows that show each rule of instruction data, as its page shows them: what is told, what a fix makes of it, what is left alone. */
import type { RowTemplate } from './length.ts';
import type { RowRuleId } from './rule.ts';

export interface RowExample {
  /** JSON lines. */
  readonly before: string;
  /** With the first fix of the first finding made; absent where there is none. */
  readonly after?: string;
  readonly template?: RowTemplate;
  readonly length?: number;
}

export interface RowExamples {
  readonly told: readonly RowExample[];
  readonly leaves: readonly RowExample[];
}

const row = (instruction: string, output: string, more: object = {}): string =>
  JSON.stringify({ instruction, ...more, output });

export const rowExamples: Readonly<Record<RowRuleId, RowExamples>> = {
  'row-syntax': {
    told: [
      { before: '{"instruction":"Name a colour.","output":"Blue."},', after: '{"instruction":"Name a colour.","output":"Blue."}' },
      { before: `{"instruction":"Name a fruit.","out\n${row('Name a tree.', 'Oak.')}`, after: row('Name a tree.', 'Oak.') },
    ],
    leaves: [{ before: `${row('Name a colour.', 'Blue.')}\n\n${row('Name a tree.', 'Oak.')}` }],
  },
  'row-field': {
    told: [
      { before: '{"instruction":"Name a colour."}' },
      { before: '{"instruction":"How many legs has a spider?","output":8}', after: '{"instruction":"How many legs has a spider?","output":"8"}' },
      { before: '{"messages":[{"role":"human","content":"Hi"},{"role":"assistant","content":"Hello!"}]}', after: '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}]}' },
      { before: '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"},{"role":"user","content":"Who are you?"}]}', after: '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}]}' },
    ],
    leaves: [{ before: '{"instruction":"Name a colour.","input":null,"output":"Blue.","history":[]}' }],
  },
  'row-empty': {
    told: [{ before: `${row('Name a colour.', '')}\n${row('Name a tree.', 'Oak.')}`, after: row('Name a tree.', 'Oak.') }],
    leaves: [{ before: row('', 'Blue.', { input: 'The sky is' }) }, { before: row('Name a colour.', 'Blue.', { input: '' }) }],
  },
  'row-duplicate': {
    told: [
      { before: `${row('Name a colour.', 'Blue.')}\n${row('Name a  colour. ', 'Blue.')}`, after: row('Name a colour.', 'Blue.') },
    ],
    leaves: [{ before: `${row('Name a colour.', 'Blue.')}\n${row('Name a colour.', 'Red.')}` }],
  },
  'row-language': {
    told: [{ before: row('프랑스의 수도는 어디인가요?', 'The capital of France is Paris, and it lies on the river Seine.') }],
    leaves: [{ before: row('프랑스의 수도를 영어로 설명해 주세요.', 'The capital of France is Paris, and it lies on the river Seine.') }],
  },
  'row-truncated': {
    told: [
      { before: row('How is bread made?', 'Bread needs four things. Flour gives it body. Water binds the flour and makes the') },
      { before: row('What is the sky like?', 'It is blue\ufffd'), after: row('What is the sky like?', 'It is blue') },
    ],
    leaves: [{ before: row('Name four things for bread.', 'Flour, water, salt, yeast') }],
  },
  'row-too-long': {
    told: [{ before: row('Tell a story.', 'Once upon a time there was a dragon, and it was kind. It lived in a cave by the sea.'), template: 'plain', length: 12 }],
    leaves: [{ before: row('Tell a story.', 'Once upon a time.'), template: 'plain', length: 2048 }],
  },
  'row-space': {
    told: [{ before: row('Name a colour.', ' Blue.\n'), after: row('Name a colour.', 'Blue.') }],
    leaves: [{ before: row('Name two colours.', 'Blue.\n\nRed.') }],
  },
  'row-template': {
    told: [{ before: row('Name a colour.', 'Blue.', { system: 'Be brief.' }), template: 'alpaca' }],
    leaves: [{ before: row('Name a colour.', 'Blue.', { system: 'Be brief.' }), template: 'llama2-chat' }],
  },
}; // prettier-ignore
