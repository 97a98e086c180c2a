/** A sentence of the engine as the tables of them hold it. */

export type Template = readonly [english: string, korean: string];
