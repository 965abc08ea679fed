import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';

import { settingsSection } from '../../contract/settings.ts';
import type { RegistrySetting, SettingKey } from '../../contract/settings.ts';
import type { ConnectionSettings, ProxySettings, RegistrySettings } from '../../oci/connection-settings.ts';
import { proxyFor } from '../../oci/network.ts';
import { EntryFields, settingPath } from './entry-fields.ts';
import { machineValue } from './machine-value.ts';
import { proxySettings, withAuthorization } from './proxy-settings.ts';
import type { RegistriesSetting } from './registries-setting.ts';

const CA_FILES: SettingKey = 'caFiles';
const CONCURRENCY: SettingKey = 'concurrency';
const HTTP = ['proxy', 'noProxy', 'proxyStrictSSL', 'proxySupport', 'proxyAuthorization'] as const;

export interface ConnectionSettingOptions {
  readonly registries: RegistriesSetting;
  readonly log: vscode.LogOutputChannel;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives the address of each proxy, which may contain a password. */
  readonly noteSecrets: (proxyAddress: string) => void;
}

/**
 * The connection settings for registries and clusters: per registry, certificate authorities, and the proxy settings of VS
 * Code.
 */
export class ConnectionSetting implements vscode.Disposable {
  /** Fired when any setting changed, including the list of registries. */
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #options: ConnectionSettingOptions;
  readonly #disposables: vscode.Disposable[];

  constructor(options: ConnectionSettingOptions) {
    this.#options = options;
    this.onDidChange = this.#changes.event;
    const names = [`${settingsSection}.${CA_FILES}`, ...HTTP.map((key) => `http.${key}`)];
    this.#disposables = [
      this.#changes,
      options.registries.onDidChange(() => this.#changes.fire()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (names.some((name) => event.affectsConfiguration(name))) this.#changes.fire();
      }),
    ];
  }

  /** Reads the CA files on each call, because they may have been replaced. */
  connection(): ConnectionSettings {
    const proxy = this.#proxy();
    const concurrency = machineValue(settingsSection, CONCURRENCY);
    return {
      ...(Number.isSafeInteger(concurrency) && Number(concurrency) > 0 ? { concurrency: Number(concurrency) } : {}),
      registries: this.#options.registries.all().map(registrySettings),
      caCertificates: this.caCertificates(),
      ...(proxy === undefined ? {} : { proxy }),
    };
  }

  /** PEM certificates. A file that cannot be read is logged and skipped. */
  caCertificates(): readonly string[] {
    try {
      const files = new EntryFields({ files: machineValue(settingsSection, CA_FILES) }).texts('files');
      return files.flatMap((file) => this.#read(file));
    } catch {
      this.#options.log.warn(`${settingsSection}.${CA_FILES} is not a list of texts`);
      return [];
    }
  }

  /**
   * The proxy for a server; undefined if there is none. The address may contain a password.
   * @throws oci.proxy-invalid
   */
  proxyFor(serverUrl: string): string | undefined {
    const proxy = proxyFor(new URL(serverUrl), this.#proxy());
    return proxy === undefined ? undefined : withAuthorization(proxy.url.href, proxy.authorization);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #proxy(): ProxySettings | undefined {
    const [proxy, noProxy, proxyStrictSSL, proxySupport, proxyAuthorization] = HTTP.map((key) =>
      machineValue('http', key),
    );
    const http = { proxy, noProxy, proxyStrictSSL, proxySupport, proxyAuthorization };
    const settings = proxySettings(http, this.#options.environment);
    for (const address of [settings?.httpsProxy, settings?.httpProxy]) {
      if (address !== undefined) this.#options.noteSecrets(address);
    }
    return settings;
  }

  #read(file: string): string[] {
    try {
      const text = readFileSync(settingPath(file), 'utf8');
      if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`'${file}' holds no certificate in PEM`);
      return [text];
    } catch (error) {
      this.#options.log.warn(
        `${settingsSection}.${CA_FILES}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return [];
    }
  }
}

function registrySettings({ http, trustedTokenServers = [], ...setting }: RegistrySetting): RegistrySettings {
  return { ...setting, ...(http === true ? { plainHttp: true } : {}), trustedTokenRealms: trustedTokenServers };
}
