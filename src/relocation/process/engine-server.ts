import { Bandwidth } from '../../base/bandwidth.ts';
import type { VerifyProgress } from '../../carvel/archive/verification.ts';
import type { Credential, CredentialRequest } from '../../oci/auth/credentials.ts';
import { verifyExport } from '../archive/signed-export.ts';
import type { RelocationEvent } from '../events.ts';
import type { EngineEnvironment, PlannedRelocation } from '../engine.ts';
import { InProcessEngine } from '../in-process-engine.ts';
import { SentBlobs } from '../registry/sent-blobs.ts';
import type { FromEngine, ToEngine } from './protocol.ts';
import { deserializeError, serializeError } from '../../base/serialized-error.ts';

/** Milliseconds between two progress messages; each one wakes the extension host. */
const PROGRESS_INTERVAL = 1000;

/** The engine's side of the connection to its host. */
export class EngineServer {
  readonly #send: (message: FromEngine) => void;
  readonly #planned = new Map<number, PlannedRelocation>();
  readonly #bandwidth = new Bandwidth();
  readonly #sent = new SentBlobs();
  readonly #running = new Map<number, AbortController>();
  readonly #pauses = new Map<number, AbortController>();
  readonly #passwordCalls = new Map<number, (password: string | undefined) => void>();
  readonly #credentialCalls = new Map<number, (answer: Extract<ToEngine, { type: 'credential' }>) => void>();
  #calls = 0;

  constructor(send: (message: FromEngine) => void) {
    this.#send = send;
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case 'plan':
        return this.#work(message.id, (signal) => this.#plan(message, signal));
      case 'run':
        return this.#work(message.id, (signal) => this.#run(message, signal));
      case 'store-job':
        return this.#work(message.id, (signal) => this.#storeJob(message, signal));
      case 'arrived':
        return this.#work(message.id, (signal) => this.#arrived(message, signal));
      case 'packages':
        return this.#work(message.id, (signal) => this.#listPackages(message, signal));
      case 'verify':
        return this.#work(message.id, (signal) => this.#verify(message, signal));
      case 'discard':
        return this.#work(message.id, (signal) => this.#discard(message, signal));
      case 'close':
        return this.#work(message.id, () => this.#close(message.id));
      case 'limit':
        return this.#bandwidth.limit(message.bytesPerSecond);
      case 'pause':
        return this.#pauses.get(message.id)?.abort();
      case 'abort':
        return this.#running.get(message.id)?.abort();
      case 'password':
        this.#passwordCalls.get(message.call)?.(message.password ?? undefined);
        this.#passwordCalls.delete(message.call);
        return;
      case 'credential':
        this.#credentialCalls.get(message.call)?.(message);
        this.#credentialCalls.delete(message.call);
    }
  }

  /** Pauses all runs and stops everything else, because the host has gone. */
  stop(): void {
    for (const [id, controller] of this.#running) (this.#pauses.get(id) ?? controller).abort();
  }

  #work(id: number, operation: (signal: AbortSignal) => Promise<FromEngine>): void {
    const controller = new AbortController();
    this.#running.set(id, controller);
    void operation(controller.signal)
      .catch((error: unknown): FromEngine => ({ type: 'failed', id, error: serializeError(error) }))
      .then((answer) => {
        if (this.#running.get(id) === controller) this.#running.delete(id);
        this.#send(answer);
      });
  }

  async #plan(message: Extract<ToEngine, { type: 'plan' }>, signal: AbortSignal): Promise<FromEngine> {
    const { id, request, depth } = message;
    const engine = this.#engine(message);
    const planned = await engine.plan(request, { signal, depth, onEvent: (event) => this.#event(id, event) });
    this.#planned.set(id, planned);
    return { type: 'planned', id, view: planned.view };
  }

  async #run({ id, receipt }: Extract<ToEngine, { type: 'run' }>, signal: AbortSignal): Promise<FromEngine> {
    const planned = this.#kept(id);
    this.#planned.delete(id);
    const pause = new AbortController();
    this.#pauses.set(id, pause);
    try {
      const onEvent = (event: RelocationEvent): void => this.#event(id, event);
      const report = await planned.run({ signal, pause: pause.signal, onEvent, receipt });
      return { type: 'finished', id, report };
    } finally {
      this.#pauses.delete(id);
    }
  }

  async #storeJob({ id, pods }: Extract<ToEngine, { type: 'store-job' }>, signal: AbortSignal): Promise<FromEngine> {
    return { type: 'stored-job', id, plan: await this.#kept(id).storeJobPlan(pods, signal) };
  }

  async #arrived({ id }: Extract<ToEngine, { type: 'arrived' }>, signal: AbortSignal): Promise<FromEngine> {
    return { type: 'has-arrived', id, arrived: await this.#kept(id).arrived(signal) };
  }

  #kept(id: number): PlannedRelocation {
    const planned = this.#planned.get(id);
    if (planned === undefined) throw new Error(`There is no plan ${id}.`);
    return planned;
  }

  async #listPackages(message: Extract<ToEngine, { type: 'packages' }>, signal: AbortSignal): Promise<FromEngine> {
    const listing = await this.#engine(message).listPackages(message.source, { signal });
    return { type: 'listed', id: message.id, listing };
  }

  async #discard(message: Extract<ToEngine, { type: 'discard' }>, signal: AbortSignal): Promise<FromEngine> {
    await this.#engine(message).discard(message.destination, { signal });
    return { type: 'discarded', id: message.id };
  }

  #engine({
    connection,
    stateFolder,
    requireSignature,
  }: Pick<EngineEnvironment, 'connection' | 'stateFolder' | 'requireSignature'>): InProcessEngine {
    const credentials = (wanted: CredentialRequest) => this.#askForCredential(wanted);
    const bandwidth = this.#bandwidth;
    return new InProcessEngine({
      connection,
      credentials,
      stateFolder,
      requireSignature,
      askPassword: (key) => this.#askForPassword(key),
      bandwidth,
      sent: this.#sent,
      progressInterval: PROGRESS_INTERVAL,
    });
  }

  async #verify(
    { id, path, requireSignature }: Extract<ToEngine, { type: 'verify' }>,
    signal: AbortSignal,
  ): Promise<FromEngine> {
    let toldAt = Number.NEGATIVE_INFINITY;
    const onProgress = (progress: VerifyProgress) => {
      if (performance.now() - toldAt < PROGRESS_INTERVAL) return;
      toldAt = performance.now();
      this.#send({ type: 'verifying', id, progress });
    };
    const verification = await verifyExport(path, { signal, onProgress }, requireSignature);
    return { type: 'verified', id, verification };
  }

  async #close(id: number): Promise<FromEngine> {
    const planned = this.#planned.get(id);
    this.#planned.delete(id);
    await planned?.close();
    return { type: 'closed', id };
  }

  #event(id: number, event: Extract<FromEngine, { type: 'event' }>['event']): void {
    this.#send({ type: 'event', id, event });
  }

  #askForPassword(key: string): Promise<string | undefined> {
    const call = ++this.#calls;
    return new Promise((resolve) => {
      this.#passwordCalls.set(call, resolve);
      this.#send({ type: 'password', call, key });
    });
  }

  #askForCredential(request: CredentialRequest): Promise<Credential | undefined> {
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#credentialCalls.set(call, ({ credential, error }) => {
        if (error === undefined) resolve(credential ?? undefined);
        else reject(deserializeError(error));
      });
      this.#send({ type: 'credential', call, request });
    });
  }
}
