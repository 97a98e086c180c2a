import { expect, it } from 'vitest';
import { resolveSetting, tokenizerName } from './tokenizers.ts';
import { isInside, pathToUri, uriToPath } from './uris.ts';

it.skipIf(process.platform === 'win32')('turns URIs into paths and back', () => {
  expect(uriToPath('file:///a/%ED%95%9C%EA%B8%80%20b.txt')).toBe('/a/한글 b.txt');
  expect(uriToPath(pathToUri('/a/한글 #b?.txt'))).toBe('/a/한글 #b?.txt');
  expect(uriToPath('vscode-remote://127.0.0.1:8080/a/%ED%95%9C.txt')).toBe('/a/한.txt');
  expect(uriToPath('untitled:Untitled-1')).toBeUndefined();
  expect(uriToPath('file:///a%2Fb')).toBeUndefined();
  expect(uriToPath('')).toBeUndefined();
});

it('tells what lies in a directory', () => {
  expect([isInside('/a/b', '/a'), isInside('/a', '/a'), isInside('/a/..b', '/a')]).toEqual([true, true, true]);
  expect([isInside('/ab', '/a'), isInside('/', '/a'), isInside('/b', '/a')]).toEqual([false, false, false]);
});

it('resolves and names tokenizers', () => {
  expect(resolveSetting('t/a.model', '/w')).toBe('/w/t/a.model');
  expect(resolveSetting('/t/a.model', '/w')).toBe('/t/a.model');
  expect(resolveSetting('~/a.model', '/w')).toMatch(/^\/.*\/a\.model$/);
  expect(tokenizerName('/llama3/tokenizer.json')).toBe('llama3');
  expect([tokenizerName('/m/llama2.model'), tokenizerName('/merged/tokenizer.model')]).toEqual(['llama2', 'merged']);
});
