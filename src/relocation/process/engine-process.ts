import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';

import type { VerifyOptions } from '../../carvel/archive/verification.ts';
import { abortError } from '../../base/errors.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { AskPassword } from '../../trust/signer.ts';
import type { ExportVerification } from '../archive/signed-export.ts';
import type { EngineOptions, PlannedRelocation, RelocationEngine, RunOptions } from '../engine.ts';
import { relocationError } from '../errors.ts';
import type { RelocationListener } from '../events.ts';
import type { ShareSize, StoredJobPlan } from '../job/job-plan.ts';
import type { PackageListing } from '../packages/package-listing.ts';
import type { PlanSummary } from '../plan/plan-summary.ts';
import type { RelocationReport } from '../report/report.ts';
import type { PackageSource, PlanDepth, RelocationDestinationSpec, RelocationRequest } from '../request/request.ts';
import type { FromEngine, ToEngine } from './protocol.ts';
import { deserializeError, serializeError } from '../../base/serialized-error.ts';

export interface EngineProcessOptions {
  /** Path of the bundled engine, dist/engine.cjs. */
  readonly modulePath: string;
  /** Called for each plan, so that changed settings take effect. */
  readonly connection: () => ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** Like connection; see EngineEnvironment. */
  readonly requireSignature?: () => readonly string[];
  readonly askPassword?: AskPassword;
  /** Throws if a request is not allowed in the host. */
  readonly refuse?: (request: RelocationRequest) => void;
  /** Folder in which interrupted relocations are recorded. */
  readonly stateFolder?: string;
  /** Receives each line that the process writes to stderr. */
  readonly log: (line: string) => void;
}

interface Pending {
  readonly resolve: (answer: FromEngine) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: RelocationListener | undefined;
  readonly onProgress: VerifyOptions['onProgress'];
}

/** The options of any request to the process. */
type AskOptions = EngineOptions & VerifyOptions;

/** Runs the engine in a child process, which starts with the first plan and restarts after it has exited. */
export class EngineProcess implements RelocationEngine {
  readonly #options: EngineProcessOptions;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #bytesPerSecond: number | undefined;
  #lastId = 0;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
  }

  limitBandwidth(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
    // A process that starts later receives the limit at startup.
    if (this.#child !== undefined) this.#send({ type: 'limit', bytesPerSecond });
  }

  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<PlannedRelocation> {
    this.#options.refuse?.(request);
    const id = ++this.#lastId;
    const { depth } = options;
    const connection = this.#options.connection();
    const { stateFolder } = this.#options;
    const requireSignature = this.#requiredKeys();
    const answer = await this.#ask(
      { type: 'plan', id, request, depth, connection, stateFolder, requireSignature },
      options,
    );
    if (answer.type !== 'planned') throw unexpected(answer);
    return this.#planned(id, answer.view);
  }

  async listPackages(source: PackageSource, { signal }: Pick<EngineOptions, 'signal'>): Promise<PackageListing> {
    const { connection, stateFolder } = this.#options;
    const id = ++this.#lastId;
    const answer = await this.#ask({ type: 'packages', id, source, connection: connection(), stateFolder }, { signal });
    if (answer.type !== 'listed') throw unexpected(answer);
    return answer.listing;
  }

  async verify(path: string, options: VerifyOptions): Promise<ExportVerification> {
    const requireSignature = this.#requiredKeys();
    const answer = await this.#ask({ type: 'verify', id: ++this.#lastId, path, requireSignature }, options);
    if (answer.type !== 'verified') throw unexpected(answer);
    return answer.verification;
  }

  async discard(destination: RelocationDestinationSpec, { signal }: Pick<EngineOptions, 'signal'>): Promise<void> {
    const { connection, stateFolder } = this.#options;
    const id = ++this.#lastId;
    const answer = await this.#ask(
      { type: 'discard', id, destination, connection: connection(), stateFolder },
      { signal },
    );
    if (answer.type !== 'discarded') throw unexpected(answer);
  }

  /** Terminates the process and interrupts what it is running. */
  dispose(): void {
    this.#child?.disconnect();
    this.#child = undefined;
    this.#failAll(abortError());
  }

  #requiredKeys(): readonly string[] {
    return this.#options.requireSignature?.() ?? [];
  }

  #planned(id: number, view: PlanSummary): PlannedRelocation {
    const child = this.#child;
    const close = async (): Promise<void> => {
      if (child !== undefined && this.#child === child)
        await this.#ask({ type: 'close', id }, { signal: new AbortController().signal });
    };
    // The plan was lost with the process that made it.
    const requireProcess = (): void => {
      if (child === undefined || this.#child !== child)
        throw relocationError('engine-ended', { reason: 'another has taken its place' });
    };
    const storeJobPlan = async (pods: number, signal: AbortSignal): Promise<StoredJobPlan> => {
      requireProcess();
      const answer = await this.#ask({ type: 'store-job', id, pods }, { signal });
      if (answer.type !== 'stored-job') throw unexpected(answer);
      return answer.plan;
    };
    const arrived = async (signal: AbortSignal): Promise<ShareSize> => {
      requireProcess();
      const answer = await this.#ask({ type: 'arrived', id }, { signal });
      if (answer.type !== 'has-arrived') throw unexpected(answer);
      return answer.arrived;
    };
    const run = async (options: RunOptions): Promise<RelocationReport> => {
      if (options.signal.aborted) await close();
      requireProcess();
      const answer = await this.#ask({ type: 'run', id, receipt: options.receipt }, options);
      if (answer.type !== 'finished') throw unexpected(answer);
      return answer.report;
    };
    return { view, run, storeJobPlan, arrived, close };
  }

  #ask(
    message: Extract<ToEngine, { id: number }>,
    { signal, pause, onEvent, onProgress }: AskOptions,
  ): Promise<FromEngine> {
    if (signal.aborted) return Promise.reject(abortError());
    return new Promise((resolve, reject) => {
      const { id } = message;
      const abort = () => this.#send({ type: 'abort', id });
      const pauseRun = () => this.#send({ type: 'pause', id });
      const untie = () => {
        signal.removeEventListener('abort', abort);
        pause?.removeEventListener('abort', pauseRun);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        onEvent,
        onProgress,
        resolve: (answer) => {
          untie();
          resolve(answer);
        },
        reject: (error) => {
          untie();
          reject(error);
        },
      });
      signal.addEventListener('abort', abort, { once: true });
      this.#send(message);
      if (pause?.aborted === true) pauseRun();
      else pause?.addEventListener('abort', pauseRun, { once: true });
    });
  }

  #send(message: ToEngine): void {
    const child = this.#start();
    child.send(message, (error) => {
      if (error !== null) this.#ended(child, error.message);
    });
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(this.#options.modulePath, [], {
      // MB; see limitMemory, which needs a Node whose V8 accepts flags after its start.
      execArgv: ['--max-semi-space-size=4'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A separate session keeps Linux's autogroup scheduling from favoring the copy over the editor (sched(7)).
      detached: process.platform === 'linux',
    });
    this.#child = child;
    lowerPriority(child);
    child.on('message', (message) => this.#receive(message as FromEngine));
    child.on('error', (error) => this.#ended(child, error.message));
    child.on('exit', (code, signal) => this.#ended(child, signal ?? `exit code ${code ?? 'unknown'}`));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) this.#options.log(line);
    });
    if (this.#bytesPerSecond !== undefined) this.#send({ type: 'limit', bytesPerSecond: this.#bytesPerSecond });
    return child;
  }

  #receive(message: FromEngine): void {
    if (message.type === 'credential') return void this.#answerCredential(message);
    if (message.type === 'password') return void this.#answerPassword(message);
    const pending = this.#pending.get(message.id);
    if (message.type === 'event') pending?.onEvent?.(message.event);
    else if (message.type === 'verifying') pending?.onProgress?.(message.progress);
    else if (message.type === 'failed') pending?.reject(deserializeError(message.error));
    else pending?.resolve(message);
  }

  async #answerCredential({ call, request }: Extract<FromEngine, { type: 'credential' }>): Promise<void> {
    try {
      const credential = await this.#options.credentials(request);
      this.#send({ type: 'credential', call, credential: credential ?? null });
    } catch (error) {
      // The engine continues anonymously; if the registry refuses that, this error is reported as the reason.
      this.#send({ type: 'credential', call, credential: null, error: serializeError(error) });
    }
  }

  /** Without a password, the engine reports that it is missing. */
  async #answerPassword({ call, key }: Extract<FromEngine, { type: 'password' }>): Promise<void> {
    const password = await this.#options.askPassword?.(key).catch(() => undefined);
    this.#send({ type: 'password', call, password: password ?? null });
  }

  #ended(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#failAll(relocationError('engine-ended', { reason }));
  }

  #failAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
  }
}

/** Lowers the priority, so that the editor stays responsive on a busy machine; an idle machine copies at full speed. */
function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Either not permitted, or the process has already exited.
  }
}

function unexpected(answer: FromEngine): Error {
  return new Error(`The engine answered with ${answer.type}.`);
}
