import * as vscode from 'vscode';

import { settingsSection } from '../../contract/settings.ts';
import type { RegistrySetting, SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';
import { parseRegistries, withoutRegistry, withRegistry } from './parse-registries.ts';

const KEY: SettingKey = 'registries';

/** The list of registries in the setting `carvelAirgap.registries`; only this class writes it. */
export class RegistriesSetting implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #log: vscode.LogOutputChannel;
  readonly #subscription: vscode.Disposable;
  #registries: readonly RegistrySetting[] | undefined;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.onDidChange = this.#changes.event;
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(`${settingsSection}.${KEY}`)) return;
      this.#registries = undefined;
      this.#changes.fire();
    });
  }

  all(): readonly RegistrySetting[] {
    this.#registries ??= this.#read();
    return this.#registries;
  }

  get(host: string): RegistrySetting | undefined {
    return this.all().find((registry) => registry.host === host);
  }

  /** Maps a listed registry to the host name that the cluster uses. */
  clusterHost(host: string): string {
    return this.get(host)?.clusterHost ?? host;
  }

  /** Maps the host name that a cluster uses to the one that this machine uses. */
  hostOf(clusterHost: string): string {
    return this.all().find((registry) => registry.clusterHost === clusterHost)?.host ?? clusterHost;
  }

  /** Adds a registry or changes the given fields of a listed one. */
  async put(registry: RegistrySetting): Promise<void> {
    await this.#write(withRegistry(this.#raw(), registry));
  }

  async remove(host: string): Promise<void> {
    await this.#write(withoutRegistry(this.#raw(), host));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changes.dispose();
  }

  #read(): readonly RegistrySetting[] {
    const { registries, problems } = parseRegistries(this.#raw());
    for (const problem of problems) this.#log.warn(problem);
    return registries;
  }

  #raw(): unknown {
    return machineValue(settingsSection, KEY);
  }

  /** The setting has machine scope: VS Code writes it to the settings of the machine on which the extension runs. */
  async #write(registries: readonly unknown[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(settingsSection);
    await configuration.update(KEY, registries, vscode.ConfigurationTarget.Global);
  }
}
