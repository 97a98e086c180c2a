/** What a prompt file says as a conversation, so that a template can be put around it. */
import type { Dialogue, Exchange } from '../data/dialogue.ts';
import { findRoles, speakerOf } from './roles.ts';

/**
 * The conversation that a prompt's roles make. A text without roles is one question; so is one whose roles are in an order that no
 * conversation has (an answer before any question, two system texts).
 */
export function promptDialogue(text: string): Dialogue {
  const whole: Dialogue = { exchanges: [], question: text.trim() };
  let system: string | undefined;
  const exchanges: Exchange[] = [];
  let question: string | undefined;
  let input: string | undefined;
  for (const section of findRoles(text)) {
    if (section === undefined) continue;
    const said = text.slice(section.start, section.end);
    const speaker = speakerOf(section.name);
    switch (speaker) {
      case 'system':
        if (system !== undefined || question !== undefined || exchanges.length > 0) return whole;
        system = said;
        break;
      case 'question':
        // Two in a row are one question in two paragraphs.
        question = question === undefined ? said : `${question}\n\n${said}`;
        break;
      case 'input':
        if (question === undefined || input !== undefined) return whole;
        input = said;
        break;
      case 'answer':
        if (question === undefined) return whole;
        // Where it is still to come, the question is open.
        if (said === '') break;
        exchanges.push({ question, ...(input === undefined ? {} : { input }), answer: said });
        question = undefined;
        input = undefined;
        break;
      default:
        return speaker satisfies never;
    }
  }
  if (question === undefined && exchanges.length === 0) return whole;
  return {
    ...(system === undefined ? {} : { system }),
    exchanges,
    ...(question === undefined ? {} : { question, ...(input === undefined ? {} : { input }) }),
  };
}
