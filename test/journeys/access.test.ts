// What stands between a person and a registry besides a password: tokens, a private authority, plain http, a proxy. Each is
// shown where it occurs, with what to do about it, and after that the registry answers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';

import { startForwardProxy } from '../support/forward-proxy.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startTokenServer } from '../support/token-server.ts';
import { fillCredentials } from '../support/vscode/credentials-form.ts';
import { journey } from '../support/vscode/journey.ts';

const robot = { user: 'robot', password: 'token-Pa55word' };
const clerk = { name: 'clerk', password: 'proxy-Pa55word' };
const INTERNAL = 'vendor.internal.test:5000';

test('plain http, tokens, a private authority and a proxy with a password are each reported and resolved', async (context) => {
  const folder = await makeTemporaryFolder('access');
  context.after(() => folder.remove());
  const plain = await startRegistry();
  context.after(() => plain.stop());
  await new RawRepository(plain.host, 'team/app').pushBundle('1.0.0', []);
  const tokenServer = await startTokenServer(folder.path, { users: { [robot.user]: robot.password } });
  context.after(() => tokenServer.stop());
  // Another host, by its name.
  const realm = tokenServer.realm.replace('127.0.0.1', 'localhost');
  const tokens = await startRegistry({ tokens: { server: tokenServer, realm } });
  context.after(() => tokens.stop());
  const secure = await startRegistry({ tls: { names: ['vendor.internal.test'] }, storage: plain.root });
  context.after(() => secure.stop());
  const proxy = await startForwardProxy({ user: clerk, names: { [INTERNAL]: secure.host } });
  context.after(() => proxy.stop());
  // An address of this machine that is not taken for loopback: nothing is tried there but https.
  const byAddress = plain.host.replace('127.0.0.1', '0.0.0.0');

  const unchecked = secure.host.replace('127.0.0.1', 'localhost');

  const registries = [
    ...[byAddress, tokens.host, secure.host].map((host) => ({ host })),
    { host: INTERNAL, caFiles: [secure.caFile] },
    { host: unchecked, verifyCertificates: false },
  ];
  const machineSettings = { 'carvelAirgap.registries': registries };
  const settings = { 'http.proxy': proxy.url.replace(clerk.password, 'wrong-Pa55word'), 'http.noProxy': ['0.0.0.0'] };
  await journey('access', { machineSettings, settings }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');

    await workbench.expand(byAddress);
    const http = workbench.dialog(`Use plain HTTP with ${byAddress}?`);
    await workbench.clickTreeItem('speaks HTTP, not HTTPS', http);
    await workbench.step('http-question');
    await workbench.answer(http, 'Use Plain HTTP');
    await workbench.treeItem(`${byAddress}, plain HTTP`).waitFor();
    await workbench.expand('team/app');
    await workbench.treeItem('1.0.0, bundle').waitFor();
    await workbench.step('http');

    await workbench.contextMenu(
      workbench.treeItem('1.0.0, bundle'),
      'Relocate…',
      quickInput.step('Destination repository'),
    );
    await quickInput.accept(`${tokens.host}/moved/app`);
    await workbench.notification('requires credentials').waitFor();
    await workbench.step('relocation-refused');
    await workbench.notificationButton('Add Credentials…', 'requires credentials', quickInput.step('robot$team'));
    await fillCredentials({ quickInput }, { ...robot, side: 'Writing only' });
    await workbench.notification('asks for the password to be sent to another host, http://localhost').waitFor();
    assert.ok(tokenServer.requests.every(({ user }) => user !== robot.user));
    const send = workbench.dialog(`Send the password for ${tokens.host} to localhost:`);
    await workbench.notificationButton('Trust Token Server…', 'asks for the password', send);
    await workbench.step('token-server');
    await workbench.answer(send, 'Send');
    await workbench.answer(workbench.dialog('Relocate app:1.0.0'), 'Relocate');
    await workbench.notification('Relocated app:1.0.0').waitFor();
    await workbench.step('relocated');
    await workbench.clearNotifications();
    await workbench.expand(tokens.host);
    await workbench.treeItem(`${tokens.host}, VS Code: robot`).waitFor();
    await workbench.treeItem('moved/app').waitFor();
    assert.ok(tokenServer.requests.some(({ user }) => user === robot.user));

    await workbench.expand(secure.host);
    const trust = workbench.dialog(`Trust this certificate for ${secure.host}?`);
    await workbench.clickTreeItem(/certificate of .* signed by an unknown authority/, trust);
    await trust.getByText(await fingerprintOf(secure.host)).waitFor();
    await workbench.step('certificate');
    await workbench.answer(trust, 'Trust Certificate');
    await workbench.expand(new RegExp(`${secure.host}.*`));
    await workbench.treeItem(/signed by an unknown authority/).waitFor({ state: 'detached' });
    await workbench.step('trusted');

    // Each of these registries has the same repository.
    for (const host of [byAddress, secure.host]) await workbench.collapse(host);
    await workbench.viewAlone('Registries');
    await workbench.expand(INTERNAL);
    await workbench.treeItem(/proxy .* rejected the user name or password/).waitFor();
    await workbench.step('proxy-refused');
    await workbench.settings({ ...settings, 'http.proxy': proxy.url });
    await workbench.treeItem(/rejected the user name or password/).waitFor({ state: 'detached' });
    const repository = workbench.treeItem(/^team\/app/);
    await repository.waitFor();
    await workbench.step('through-the-proxy');
    assert.ok(proxy.asked.includes(`CONNECT ${INTERNAL}`));

    await workbench.collapse(INTERNAL);
    await workbench.expand(`${unchecked}, certificate not verified`);
    await repository.waitFor();
    await workbench.step('unchecked');
  });
});

async function fingerprintOf(host: string): Promise<string> {
  const [hostname, port] = host.split(':');
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
