import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { afterEach, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { ConnectionSetting } from '../../../src/workbench/settings/connection-setting.ts';
import { followBandwidthLimit } from '../../../src/workbench/settings/transfer-settings.ts';
import { RegistriesSetting } from '../../../src/workbench/settings/registries-setting.ts';

type Value = readonly [section: string, key: string, value: unknown];

describe('connections to registries and clusters', () => {
  const disposables: vscode.Disposable[] = [];
  const changed: Value[] = [];
  let folder = '';

  const set = async (section: string, key: string, value: unknown): Promise<void> => {
    changed.push([section, key, undefined]);
    await vscode.workspace.getConfiguration(section).update(key, value, vscode.ConfigurationTarget.Global);
  };
  const made = (environment: Record<string, string> = {}) => {
    const warnings: string[] = [];
    const noted: string[] = [];
    const log = { warn: (text: string) => warnings.push(text) } as unknown as vscode.LogOutputChannel;
    const registries = new RegistriesSetting(log);
    const noteSecrets = (address: string) => noted.push(address);
    const setting = new ConnectionSetting({ registries, log, environment, noteSecrets });
    disposables.push(registries, setting);
    return { setting, warnings, noted };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airgap-connection-'));
  });

  afterEach(async () => {
    for (const disposable of disposables.splice(0)) disposable.dispose();
    for (const [section, key, value] of changed.splice(0)) await set(section, key, value);
    changed.length = 0;
    rmSync(folder, { recursive: true, force: true });
  });

  it('follow the bandwidth limit, which changes immediately', async () => {
    const reported: (number | undefined)[] = [];
    let wake = () => {};
    disposables.push(
      followBandwidthLimit((bytesPerSecond) => {
        reported.push(bytesPerSecond);
        wake();
      }),
    );
    for (const [value, bytesPerSecond] of [
      [2.5, 2.5 * 1024 * 1024],
      [-1, undefined],
      [1, 1024 * 1024],
      [0, undefined],
    ]) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      await set('carvelAirgap', 'bandwidthLimit', value);
      await changed;
      assert.equal(reported.at(-1), bytesPerSecond);
    }
  });

  it("use VS Code's proxy, with its user, and for clusters too", async () => {
    const { setting, noted } = made({ HTTPS_PROXY: 'http://env.example:3128' });
    const reported = new Promise<void>((resolve) => disposables.push(setting.onDidChange(() => resolve())));
    await set('http', 'proxy', 'http://clerk:p%40ss@proxy.example:3128');
    await set('http', 'noProxy', ['.intern.example']);
    await reported;
    assert.deepEqual(setting.connection().proxy, {
      httpsProxy: 'http://clerk:p%40ss@proxy.example:3128',
      httpProxy: 'http://clerk:p%40ss@proxy.example:3128',
      noProxy: ['.intern.example'],
    });
    assert.equal(setting.proxyFor('https://api.example:6443'), 'http://clerk:p%40ss@proxy.example:3128/');
    assert.equal(setting.proxyFor('https://api.intern.example:6443'), undefined);
    assert.equal(setting.proxyFor('https://127.0.0.1:6443'), undefined);
    assert.ok(noted.includes('http://clerk:p%40ss@proxy.example:3128'));
  });

  it("use no proxy if VS Code supports none, and the environment's if VS Code has none", async () => {
    const { setting } = made({ HTTPS_PROXY: 'http://env.example:3128' });
    assert.equal(setting.proxyFor('https://api.example:6443'), 'http://env.example:3128/');
    await set('http', 'proxySupport', 'off');
    assert.equal(setting.connection().proxy, undefined);
  });

  it('trust the authorities in carvelAirgap.caFiles, and report files that cannot be read', async () => {
    const [root = ''] = rootCertificates;
    const file = join(folder, 'ca.pem');
    writeFileSync(file, root);
    const { setting, warnings } = made();
    await set('carvelAirgap', 'caFiles', [file, join(folder, 'missing.pem'), 'relative.pem']);
    assert.deepEqual(setting.connection().caCertificates, [root]);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /carvelAirgap\.caFiles: .*missing\.pem/);
    assert.match(warnings[1] ?? '', /relative\.pem.*absolute/);
  });

  it('use the settings of a single registry', async () => {
    const { setting } = made();
    const registry = { host: 'a.example', caFiles: ['/ca.pem'], verifyCertificates: false as const };
    await set('carvelAirgap', 'registries', [{ ...registry, http: true, trustedTokenServers: ['auth.example'] }]);
    assert.deepEqual(setting.connection().registries, [
      { ...registry, plainHttp: true, trustedTokenRealms: ['auth.example'] },
    ]);
  });
});
