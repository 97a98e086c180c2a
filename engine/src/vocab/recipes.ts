/**
 * The recipes of a merge: each says, for the new pieces, at which score they are merged and of which type they are, and so
 * what becomes of texts that the base spelt well already. A file each in recipes/.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import { append } from './recipes/append.ts';
import { closed } from './recipes/closed.ts';
import { greedy } from './recipes/greedy.ts';
import { ranked } from './recipes/ranked.ts';
import type { RecipeRule } from './recipes/rule.ts';

const rules = { ranked, append, greedy, closed } as const satisfies Readonly<Record<string, RecipeRule>>;

export type Recipe = keyof typeof rules;
export const recipes = Object.keys(rules) as readonly Recipe[];
export const defaultRecipe: Recipe = 'ranked';

export const recipeRule = (recipe: Recipe): RecipeRule => rules[recipe];

/** A recipe by its name. */
export function recipeOf(name: string): Result<Recipe> {
  const recipe = recipes.find((known) => known === name);
  if (recipe !== undefined) return ok(recipe);
  return bad(`there is no recipe ${name}`, { name: '--recipe' }, `Take one of: ${recipes.join(', ')}.`);
}
