import { basename, dirname } from 'node:path';

import * as vscode from 'vscode';

import type { ClusterApi, ClusterSession, ClusterSettings, Kubeconfig, KubeContext } from '../../cluster/api.ts';
import { Coalescer } from '../../base/coalescer.ts';
import { settingsSection } from '../../contract/settings.ts';

export interface ClustersOptions {
  readonly api: () => ClusterApi;
  /** The files from the setting; if empty, KUBECONFIG or the default file is used. */
  readonly files: () => readonly string[];
  /** Proxy and certificate authorities for servers whose kubeconfig does not configure them. */
  readonly network: () => Pick<ClusterSettings, 'proxyFor' | 'caCertificates'>;
  readonly log: vscode.LogOutputChannel;
}

/** The current kubeconfig, and one session for each context that was opened. */
export class Clusters implements vscode.Disposable {
  /** Fired when the kubeconfig or the trust in the workspace changed; the previous sessions are closed then. */
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #options: ClustersOptions;
  readonly #files = new KubeconfigFiles();
  readonly #sessions = new Map<string, ClusterSession>();
  readonly #disposables: vscode.Disposable[];
  #kubeconfig: Promise<Kubeconfig> | undefined;
  #current: Kubeconfig | undefined;

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.onDidChange = this.#changes.event;
    // Tools often write a kubeconfig several times in a row.
    const reset = new Coalescer<string>(() => void this.#reload(), 500);
    this.#disposables = [
      reset,
      this.#files,
      this.#changes,
      this.#files.onDidChange(() => reset.add('files')),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.reset()),
    ];
  }

  /** Reads the kubeconfig files without connecting to a cluster. */
  kubeconfig(): Promise<Kubeconfig> {
    this.#kubeconfig ??= this.#load();
    return this.#kubeconfig;
  }

  /** The last kubeconfig read, for callers that cannot wait. */
  get known(): Kubeconfig | undefined {
    return this.#current;
  }

  async context(name: string): Promise<KubeContext | undefined> {
    return (await this.kubeconfig()).contexts.find((context) => context.name === name);
  }

  /** Returns the session of a context if it is open; does not open one. */
  opened(context: string): ClusterSession | undefined {
    return this.#sessions.get(context);
  }

  /** @throws cluster.context-missing and other errors about the context */
  async session(context: string): Promise<ClusterSession> {
    const kubeconfig = await this.kubeconfig();
    let session = this.#sessions.get(context);
    if (session === undefined) {
      const settings = { ...this.#options.network(), allowExec: vscode.workspace.isTrusted };
      session = this.#options.api().openCluster(kubeconfig, context, settings);
      this.#sessions.set(context, session);
    }
    return session;
  }

  /** Makes the next call read everything again. */
  reset(): void {
    this.#close();
    this.#kubeconfig = undefined;
    this.#changes.fire();
  }

  /** Keeps sessions open if the files did not change in content or only a token was renewed. */
  async #reload(): Promise<void> {
    const before = await this.#kubeconfig;
    if (before === undefined) return this.reset();
    const now = await this.#read();
    if (now.revision !== before.revision) this.reset();
  }

  dispose(): void {
    this.#close();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #load(): Promise<Kubeconfig> {
    const kubeconfig = await this.#read();
    for (const problem of kubeconfig.problems) this.#options.log.warn(problem.message);
    this.#files.watch(kubeconfig.files);
    this.#current = kubeconfig;
    return kubeconfig;
  }

  #read(): Promise<Kubeconfig> {
    const files = this.#options.files();
    return this.#options
      .api()
      .loadKubeconfig(files.length === 0 ? {} : { files, filesOrigin: `${settingsSection}.kubeconfig` });
  }

  #close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}

/** Fires when one of the files changes. The set of files may change as well. */
class KubeconfigFiles implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  #files: readonly string[] = [];
  #watchers: readonly vscode.Disposable[] = [];

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  watch(files: readonly string[]): void {
    if (files.length === this.#files.length && files.every((file, index) => file === this.#files[index])) return;
    this.#stop();
    this.#files = files;
    this.#watchers = files.flatMap((file) => {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(file)), basename(file));
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      const notify = () => this.#changes.fire();
      return [watcher, watcher.onDidChange(notify), watcher.onDidCreate(notify), watcher.onDidDelete(notify)];
    });
  }

  dispose(): void {
    this.#stop();
    this.#changes.dispose();
  }

  #stop(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
    this.#files = [];
  }
}
