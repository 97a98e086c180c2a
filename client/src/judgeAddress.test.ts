import { expect, it } from 'vitest';
import { addressFault, keyName } from './judgeAddress.ts';

it('an address is a web address without secrets, encrypted unless it is near', () => {
  for (const good of [
    'https://api.openai.com/v1',
    'http://127.0.0.1:8000/v1',
    'http://localhost:1',
    'http://[::1]:80/v1',
    'http://192.168.0.7:8000',
    'http://gpu:8000/v1',
    'http://[fd00::7]:8000/v1',
  ])
    expect(addressFault(good), good).toBeUndefined();
  for (const bad of ['', 'api.openai.com', 'file:///etc/passwd', 'ftp://a.b'])
    expect(addressFault(bad), bad).toBe('form');
  for (const bad of ['https://me:pass@a.b/v1', 'https://a.b/v1?key=1', 'https://a.b/v1#k'])
    expect(addressFault(bad), bad).toBe('secret');
  for (const bad of [
    'http://a.b/v1',
    'http://172.32.0.1',
    'http://127.0.0.1.evil.example/v1',
    'http://[2001:db8::1]/v1',
  ])
    expect(addressFault(bad), bad).toBe('plain');
});

it('a key goes to its own host and port alone', () => {
  expect(keyName('https://a.b/v1')).toBe(keyName('https://a.b/v1/'));
  expect(new Set(['https://a.b', 'https://a.b:444', 'http://a.b', 'https://c.b'].map(keyName)).size).toBe(4);
});
