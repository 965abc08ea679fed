// No secret gets out of the extension: a registry that says back what it was sent, at the most talkative log level, and
// then every text on the screen, every file that VS Code wrote and every program's arguments are searched.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { startForwardProxy } from '../support/forward-proxy.ts';
import { startHttpServer } from '../support/http-server.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { argumentsWithSecrets, filesWithSecrets, secretsIn } from '../support/secret-scan.ts';
import { fillCredentials } from '../support/vscode/credentials-form.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';
import { journey } from '../support/vscode/journey.ts';

const entered = { user: 'robot', password: 'entered "Pa55word"' };
const docker = { user: 'docker', password: 'docker-Pa55word' };
const proxied = { user: 'clerk', password: 'proxy/Pa55word' };
const secrets = [entered, docker, proxied];

test('no secret is in a log, a notification, a file or an argument, whatever a server says', async (context) => {
  const folder = await makeTemporaryFolder('secrets');
  context.after(() => folder.remove());
  const open = await startRegistry();
  context.after(() => open.stop());
  await new RawRepository(open.host, 'team/app').pushBundle('1.0.0', []);
  const user = { name: docker.user, password: docker.password };
  const registry = await startRegistry({ user, storage: open.root });
  context.after(() => registry.stop());
  const auths = { [registry.host]: { auth: Buffer.from(`${docker.user}:${docker.password}`).toString('base64') } };
  await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths }));
  const talkative = await startTalkative();
  context.after(() => talkative.stop());
  const proxy = await startForwardProxy({ user: { name: proxied.user, password: proxied.password }, refuse: 502 });
  context.after(() => proxy.stop());

  const hosts = [talkative.host, registry.host, 'far.internal.test'];
  await journey(
    'secrets',
    {
      machineSettings: { 'carvelAirgap.registries': hosts.map((host) => ({ host })) },
      env: { DOCKER_CONFIG: folder.path, HTTPS_PROXY: proxy.url },
    },
    async (workbench) => {
      const { quickInput } = workbench;
      const seen: string[] = [];
      const look = async (step: string) => {
        await workbench.step(step);
        seen.push(await workbench.page.locator('body').innerText());
      };
      await workbench.openView('Carvel Airgap');
      await workbench.treeItem(talkative.host).waitFor();
      // Before VS Code has heard of the first log of an extension it asks for the level of all.
      await workbench.runCommand('Developer: Set Log Level...', quickInput.option('Carvel Airgap').first());
      await quickInput.pick('Carvel Airgap');
      await quickInput.pick('Trace');

      await workbench.expand(talkative.host);
      await workbench.clickTreeItem('requires credentials', quickInput.widget);
      await fillCredentials({ quickInput }, entered);
      await workbench.notification('rejected the user name or password').waitFor();
      await look('said-back');
      await workbench.clearNotifications();
      const refused = workbench.treeItem('rejected the user name or password');
      // The mouse may be there already, and only one that comes shows what is below it.
      await untilSeen(
        workbench.page.locator('.workbench-hover-container').getByText('rejected the user name or password'),
        async () => {
          await workbench.page.mouse.move(900, 400);
          await refused.hover();
        },
      );
      await look('tooltip');
      await workbench.page.keyboard.press('Escape');

      await workbench.expand('far.internal.test');
      await workbench.treeItem(/proxy .* refused to connect/).waitFor();
      await workbench.expand(registry.host);
      await workbench.expand('team/app');
      await workbench.contextMenu(
        workbench.treeItem('1.0.0, bundle'),
        'Relocate…',
        quickInput.step('Destination repository'),
      );
      await quickInput.accept(`${talkative.host}/team/app`);
      await workbench.notification(/Relocating app:1\.0\.0 .*rejected the user name or password/).waitFor();
      await look('relocation');
      // The stack, which comes after what was said, and is read from the log's file; its short lines are not wrapped.
      const stack = workbench.page.locator('.panel .view-lines').filter({ hasText: '(node:' });
      await workbench.notificationButton('Show Log', 'Relocating app:1.0.0', stack);
      await look('log');

      // What the server says is in the log, without what it repeats.
      assert.match(await logOf(workbench.dataFolder), /you sent/);
      assert.deepEqual(secretsIn(seen.join('\n'), secrets), []);
      assert.deepEqual(await argumentsWithSecrets(secrets), []);
      // SecretStorage of this host lives in the browser: in what the server's side has written there may be no secret at all.
      assert.deepEqual(await filesWithSecrets(workbench.dataFolder, secrets), new Map());
    },
  );
});

async function logOf(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('Carvel Airgap.log'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}

/** A registry that refuses every password, and says which. */
function startTalkative() {
  return startHttpServer((request, response) => {
    const { authorization } = request.headers;
    const password = Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString();
    const message =
      authorization === undefined
        ? 'log in'
        : `you sent ${password.slice(password.indexOf(':') + 1)}, ${authorization}`;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="talkative"', 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message }] }));
  });
}
