/** One and many: `{0|row|rows}` in a text stands for the first word where value 0 is one, and for the second elsewhere. */

/** A text with its values put in already, or about to be. Languages without a plural just leave such places out. */
export const agree = (text: string, ...values: readonly (string | number | undefined)[]): string =>
  text.replaceAll(/\{(\d)\|([^|}]*)\|([^}]*)\}/g, (_, i: string, one: string, many: string) =>
    String(values[Number(i)]) === '1' ? one : many,
  );
