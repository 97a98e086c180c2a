import { describe, expect, it } from 'vitest';
import { problemLine } from '../base/problem.ts';
import { proxyFor, proxyFromEnvironment, type ProxySettings } from './proxy.ts';

const both: ProxySettings = { http: 'http://plain:8080', https: 'http://secure:3128' };
const nameFor = (url: string, settings: ProxySettings = both): string | undefined => {
  const proxy = proxyFor(new URL(url), settings);
  return proxy.ok ? proxy.value?.name : problemLine(proxy.problem);
};

describe('proxies of the environment', () => {
  it('are named in lower or upper case, the lower first, and an empty one is none', () => {
    const env = {
      HTTPS_PROXY: 'http://upper:1',
      https_proxy: 'http://lower:2',
      HTTP_PROXY: ' ',
      NO_PROXY: 'a.org, b.org',
    };
    expect(proxyFromEnvironment(env)).toEqual({ https: 'http://lower:2', none: ['a.org', 'b.org'] });
    expect(proxyFromEnvironment({ HTTPS_PROXY: 'http://upper:1', https_proxy: '' })).toEqual({ none: [] });
    expect(proxyFromEnvironment({})).toEqual({ none: [] });
  });

  it('are for addresses of their own kind; this machine is never behind one', () => {
    expect(nameFor('https://api.example.org/v1')).toBe('secure:3128');
    expect(nameFor('http://api.example.org/v1')).toBe('plain:8080');
    expect(nameFor('https://api.example.org/v1', { http: 'http://plain:8080' })).toBeUndefined();
    for (const here of ['http://localhost:8000', 'http://127.0.0.1:1234/v1', 'http://[::1]:8080', 'https://127.1.2.3'])
      expect(nameFor(here), here).toBeUndefined();
    expect(nameFor('http://192.168.0.5:8000')).toBe('plain:8080');
  });

  it.each([
    [
      'example.org',
      ['https://example.org', 'https://api.example.org', 'https://EXAMPLE.org:8443'],
      ['https://badexample.org'],
    ],
    ['.example.org', ['https://api.example.org', 'https://example.org'], ['https://example.com']],
    ['*.example.org', ['https://api.example.org'], ['https://example.com']],
    ['*', ['https://anything.at.all'], []],
    ['api.example.org:8443', ['https://api.example.org:8443'], ['https://api.example.org']],
    ['api.example.org:443', ['https://api.example.org'], ['http://api.example.org']],
    ['10.0.0.0/8', ['http://10.1.2.3:8000'], ['http://11.0.0.1', 'https://ten.example.org']],
    ['192.168.4.0/22', ['http://192.168.7.9'], ['http://192.168.8.1']],
    ['192.168.1.5', ['http://192.168.1.5'], ['http://192.168.1.55']],
    ['[fd00::5]', ['http://[fd00::5]:8000'], ['http://[fd00::6]:8000']],
    ['fd00::5', ['http://[fd00::5]:8000'], ['http://[fd00::6]:8000']],
    ['', [], ['https://example.org']],
    ['.', [], ['https://example.org']],
  ])('are passed by for %s', (pattern, without, through) => {
    for (const url of without) expect(nameFor(url, { ...both, none: [pattern] }), url).toBeUndefined();
    for (const url of through) expect(nameFor(url, { ...both, none: [pattern] }), url).toBeDefined();
  });

  it('may have a name and a password, which no message shows', () => {
    const proxy = proxyFor(new URL('https://example.org'), { https: 'http://na%40me:p%3Ass@proxy:3128' });
    const authorization = `Basic ${Buffer.from('na@me:p:ss').toString('base64')}`;
    expect(proxy).toMatchObject({ ok: true, value: { name: 'proxy:3128', authorization } });
    expect(proxy.ok && proxy.value?.url.href).toBe('http://proxy:3128/');
    expect(
      proxyFor(new URL('https://example.org'), { https: 'proxy:3128', authorization: 'Negotiate x' }),
    ).toMatchObject({
      value: { name: 'proxy:3128', authorization: 'Negotiate x' },
    });
    for (const wrong of ['socks5://me:hunter2@proxy', 'http://me:hunter2@:x', 'http://me:hunter2%@proxy:3128']) {
      const told = nameFor('https://example.org', { https: wrong });
      expect(told).toMatch(/only http and https|cannot be read|lone %/);
      expect(told).not.toContain('hunter2');
    }
  });
});
