import { describe, expect, it } from 'vitest';
import { proxyFromSettings } from './proxySettings.ts';

const environment = { HTTPS_PROXY: 'http://env:1', NO_PROXY: 'env.org' };

describe("the editor's proxy", () => {
  it('comes before the environment’s, for both kinds of addresses, with its own exceptions and authorization', () => {
    const section = {
      proxy: 'http://set:2',
      noProxy: ['set.org'],
      proxyAuthorization: 'Basic x',
      proxySupport: 'override',
    };
    expect(proxyFromSettings(section, environment)).toEqual({
      ...{ http: 'http://set:2', https: 'http://set:2', none: ['set.org'], authorization: 'Basic x' },
    });
    expect(proxyFromSettings({ proxy: 'http://set:2', noProxy: [] }, environment)).toMatchObject({ none: ['env.org'] });
  });

  it('is the environment’s where none is set, and none where proxies are off', () => {
    for (const section of [undefined, null, {}, { proxy: '', noProxy: [] }, { proxy: 7, noProxy: 'x' }])
      expect(proxyFromSettings(section, environment)).toEqual({ https: 'http://env:1', none: ['env.org'] });
    expect(proxyFromSettings({ proxy: 'http://set:2', proxySupport: 'off' }, environment)).toEqual({});
  });
});
