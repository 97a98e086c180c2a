/** One and many: `{0|row|rows}` in a text stands for the first word where value 0 is one, and for the second elsewhere. */

/** A text with its values put in already, or about to be. Languages without a plural just leave such places out. */
export const agree = (text: string, ...values: readonly (string | number | undefined)[]): string =>
  text.replaceAll(/\{(\d)\|([^|}]*)\|([^}]*)\}/g, (_, i: string, one: string, many: string) =>
    String(values[Number(i)]) === '1' ? one : many,
  );

/** `{0}`, `{1}` … give way to the values, `{0|row|rows}` to the word for one or for many; a translated text comes here with its places empty. */
export const fill = (text: string, ...values: readonly (string | number)[]): string =>
  agree(text, ...values).replaceAll(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)] ?? ''));
