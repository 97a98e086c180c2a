/** Addresses of judges, looked at before anything is sent there. No editor in here, so that tests can call it. */

/** What is wrong with an address: its form, a secret in it, or a connection that others can read. */
export function addressFault(text: string): 'form' | 'secret' | 'plain' | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'form';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'form';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return 'secret';
  return url.protocol === 'http:' && !isNear(url.hostname) ? 'plain' : undefined;
}

/** This machine, or one of the own network: a private address (RFC 1918, 4193, link-local), a name of the local domain or without one. */
const isNear = (host: string): boolean =>
  (!host.includes('.') && !host.startsWith('[')) ||
  /^\[(::1\]|f[cd]|fe[89ab])/.test(host) ||
  host.endsWith('.local') ||
  /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3})+$/.test(host);

/** What an address's key is kept under: it goes to no other host or port. */
export const keyName = (url: string): string => `bllossom.judgeKey:${new URL(url).origin}`;
