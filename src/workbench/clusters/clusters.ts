import { basename, dirname } from 'node:path';

import * as vscode from 'vscode';

import type { ClusterRoom, ClusterSession, ClusterSettings, Kubeconfig, KubeContext } from '../../cluster/api.ts';
import { Coalescer } from '../view/coalescer.ts';

export interface ClustersOptions {
  readonly room: () => ClusterRoom;
  /** The files of the setting; none means KUBECONFIG or the default. */
  readonly files: () => readonly string[];
  /** Proxy and certificate authorities, for servers whose kubeconfig says nothing of them. */
  readonly network: () => Pick<ClusterSettings, 'proxyFor' | 'caCertificates'>;
  readonly log: vscode.LogOutputChannel;
}

/** The kubeconfig as it is now, and one session for each context that was opened. */
export class Clusters implements vscode.Disposable {
  /** The kubeconfig changed, or what may be done with it: sessions of before are closed. */
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
    // Tools that write a kubeconfig write it more than once.
    const reset = new Coalescer<string>(() => void this.#reload(), 500);
    this.#disposables = [
      reset,
      this.#files,
      this.#changes,
      this.#files.onDidChange(() => reset.add('files')),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.reset()),
    ];
  }

  /** Reads the kubeconfig files; asks no network. */
  kubeconfig(): Promise<Kubeconfig> {
    this.#kubeconfig ??= this.#load();
    return this.#kubeconfig;
  }

  /** What was read last, for those that can not wait. */
  get known(): Kubeconfig | undefined {
    return this.#current;
  }

  async context(name: string): Promise<KubeContext | undefined> {
    return (await this.kubeconfig()).contexts.find((context) => context.name === name);
  }

  /** The session with a context that was opened; opens none. */
  opened(context: string): ClusterSession | undefined {
    return this.#sessions.get(context);
  }

  /** @throws cluster.context-missing and others that say what is wrong with the context */
  async session(context: string): Promise<ClusterSession> {
    const kubeconfig = await this.kubeconfig();
    let session = this.#sessions.get(context);
    if (session === undefined) {
      const settings = { ...this.#options.network(), allowExec: vscode.workspace.isTrusted };
      session = this.#options.room().openCluster(kubeconfig, context, settings);
      this.#sessions.set(context, session);
    }
    return session;
  }

  /** Reads everything anew at the next question. */
  reset(): void {
    this.#close();
    this.#kubeconfig = undefined;
    this.#changes.fire();
  }

  /** Sessions stay open where a tool wrote what was there before, or renewed a token. */
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
    return this.#options.room().loadKubeconfig(files.length === 0 ? {} : { files });
  }

  #close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}

/** Tells when one of a set of files changes; the set can change too. */
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
