import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { ScriptedServer, json } from './scripted-server.ts';

test('client-node, which takes its time to load, is loaded for a proxy or an auth provider only', async () => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      loaded.push(specifier);
      return next(specifier, context);
    },
  });
  const clientNode = (): boolean => loaded.some((specifier) => specifier.startsWith('@kubernetes/client-node'));
  const server = await ScriptedServer.start();
  try {
    const { sessionWith } = await import('./sessions.ts');
    const { signal } = new AbortController();
    server.on(
      '/apis/packaging.carvel.dev/v1alpha1',
      json({ resources: [{ name: 'packagerepositories', namespaced: true }] }),
    );
    await sessionWith(server.url, { user: { token: 't' } }).check(signal);
    assert.equal(clientNode(), false);
    // The proxy is none, and refuses; the question is what was loaded to ask it.
    await assert.rejects(sessionWith(server.url, { settings: { proxyFor: () => server.url } }).check(signal));
    assert.equal(clientNode(), true);
  } finally {
    hooks.deregister();
    await server.close();
  }
});
