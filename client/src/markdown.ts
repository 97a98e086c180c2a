/** Text as it stands, in Markdown: nothing in it is markup, lines break where they broke, and long lines wrap. */
export const plainMarkdown = (text: string): string =>
  text
    .replaceAll(/[\\`*_{}[\]()#+\-.!~|>$:=]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/^[ \t]+/gm, (spaces) => '&nbsp;'.repeat(spaces.length))
    .replaceAll(/\r\n|\r|\n/g, '  \n');
