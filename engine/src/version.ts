/** The version in package.json; the bundler puts it in. */
declare const BLLOSSOM_VERSION: string | undefined;
export const engineVersion: string = typeof BLLOSSOM_VERSION === 'undefined' ? '0.0.0-source' : BLLOSSOM_VERSION;
