import * as vscode from 'vscode';

import { settingsSection } from '../../contract/settings.ts';
import type { RegistryRole, RegistrySetting, SettingKey } from '../../contract/settings.ts';
import { withHost, withoutRegistry, withRegistry, withRestored, writtenRegistry } from './edit-registries.ts';
import type { RegistryChange, WrittenRegistry } from './edit-registries.ts';
import { machineValue } from './machine-value.ts';
import { parseRegistries, parseRegistryRoles, withRoles } from './parse-registries.ts';

const KEY: SettingKey = 'registries';
const ROLES: SettingKey = 'registryRoles';

/** The list of registries in the setting `carvelAirgap.registries`; only this class writes it. */
export class RegistriesSetting implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #log: vscode.LogOutputChannel;
  readonly #subscription: vscode.Disposable;
  #registries: { readonly all: readonly RegistrySetting[]; readonly inside: readonly string[] } | undefined;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.onDidChange = this.#changes.event;
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (![KEY, ROLES].some((key) => event.affectsConfiguration(`${settingsSection}.${key}`))) return;
      this.#registries = undefined;
      this.#changes.fire();
    });
  }

  /** The listed registries, with the roles that apply in this workspace. */
  all(): readonly RegistrySetting[] {
    return this.#load().all;
  }

  /** The registries that are inside the air gap; a workspace can name some that are not listed. */
  inside(): readonly string[] {
    return this.#load().inside;
  }

  roleOf(host: string): RegistryRole | undefined {
    return this.inside().includes(host) ? 'inside' : this.get(host)?.role;
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
  async put(change: RegistryChange): Promise<void> {
    await this.#write(withRegistry(this.#raw(), change));
  }

  /** @returns the entry as written, for `restore` */
  async remove(host: string): Promise<WrittenRegistry | undefined> {
    const removed = writtenRegistry(this.#raw(), host);
    await this.#write(withoutRegistry(this.#raw(), host));
    return removed;
  }

  async restore(removed: WrittenRegistry): Promise<void> {
    await this.#write(withRestored(this.#raw(), removed));
  }

  /** @param keepTrust see `withHost` */
  async changeHost(host: string, to: string, keepTrust: boolean): Promise<void> {
    await this.#write(withHost(this.#raw(), host, to, keepTrust));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changes.dispose();
  }

  #load(): { readonly all: readonly RegistrySetting[]; readonly inside: readonly string[] } {
    if (this.#registries !== undefined) return this.#registries;
    const { registries, problems } = parseRegistries(this.#raw());
    // Unlike the list of registries, roles cannot redirect a connection or a password, so a trusted workspace can set them.
    const shared = vscode.workspace.getConfiguration(settingsSection).get<unknown>(ROLES, {});
    const { roles, problems: roleProblems } = parseRegistryRoles(shared);
    for (const problem of [...problems, ...roleProblems]) this.#log.warn(problem);
    const all = withRoles(registries, roles);
    const inside = new Set(all.filter(({ role }) => role === 'inside').map(({ host }) => host));
    for (const [host, role] of roles) if (role === 'inside') inside.add(host);
    this.#registries = { all, inside: [...inside] };
    return this.#registries;
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
