import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { proxySettings } from '../../../src/workbench/settings/proxy-settings.ts';

const none = { proxy: '', noProxy: [], proxyStrictSSL: true, proxySupport: 'override', proxyAuthorization: null };
const environment = { HTTPS_PROXY: 'http://env.example:3128', NO_PROXY: 'intern.example,10.0.0.0/8' };

describe('the proxy', () => {
  it('is that of the environment if VS Code has none', () => {
    assert.deepEqual(proxySettings(none, environment), {
      httpsProxy: 'http://env.example:3128',
      noProxy: ['intern.example', '10.0.0.0/8'],
    });
    assert.equal(proxySettings(none, {}), undefined);
  });

  it("is VS Code's with its exceptions first, and the environment's exceptions if it has none", () => {
    const proxy = 'http://code.example:8080';
    assert.deepEqual(proxySettings({ ...none, proxy, noProxy: ['a.example'] }, environment), {
      httpsProxy: proxy,
      httpProxy: proxy,
      noProxy: ['a.example'],
    });
    assert.deepEqual(proxySettings({ ...none, proxy, proxyStrictSSL: false }, environment), {
      httpsProxy: proxy,
      httpProxy: proxy,
      noProxy: ['intern.example', '10.0.0.0/8'],
      strictTls: false,
    });
  });

  it('is none if proxy support is off in VS Code', () => {
    assert.equal(proxySettings({ ...none, proxy: 'http://code.example', proxySupport: 'off' }, environment), undefined);
  });

  it('takes user and password from http.proxyAuthorization, unless its address has its own', () => {
    const proxyAuthorization = `Basic ${Buffer.from('me:p@ss:word').toString('base64')}`;
    const proxyOf = (proxy: string) => proxySettings({ ...none, proxy, proxyAuthorization }, {})?.httpsProxy;
    assert.equal(proxyOf('proxy.example:8080'), 'http://me:p%40ss%3Aword@proxy.example:8080/');
    assert.equal(proxyOf('http://you:x@proxy.example:8080'), 'http://you:x@proxy.example:8080');
  });
});
