import {
  ApisApi,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  ResponseContext,
  ServerConfiguration,
  VersionApi,
  createConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { ConfigurationOptions, RequestContext } from '@kubernetes/client-node';
import { AirgapError, abortError, isAbort } from '../base/errors.ts';
import type { Timing } from '../base/timing.ts';
import type { HttpRequest, HttpResponse } from '../net/http/message.ts';
import { clusterError } from './errors.ts';
import { exchange, readText } from './exchange.ts';
import type { Login } from './login.ts';
import { networkError } from './network-errors.ts';
import type { RequestPlace } from './network-errors.ts';
import { parseStatusText, statusError } from './status-errors.ts';
import type { RequestTarget } from './status-errors.ts';

export interface ApiRequest extends RequestTarget {
  /** The operation in English, for errors: "list the PackageRepositories". */
  readonly step: string;
  /** The kind of patch; without it, JSON. */
  readonly contentType?: string;
  /** A format of the response other than plain JSON. */
  readonly accept?: string;
  /** Parameters that the library's operation does not have. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Calls one operation of the API classes, and passes on the options. */
type Operation<Result> = (options: ConfigurationOptions) => Promise<Result>;

export interface ApiClientOptions {
  readonly context: string;
  readonly serverUrl: string;
  /** Maximum milliseconds until a response begins, and between two parts of it. */
  readonly timeout: number;
  readonly timing: Timing;
}

/** As often as kubectl repeats a request that the API server asks it to repeat. */
const MOST_REPEATS = 10;
/** Seconds: a longer pause is for the user to decide. */
const LONGEST_PAUSE = 30;

type ApiLogin = Pick<Login, 'connection' | 'renew' | 'anonymity'>;

/**
 * The API classes of @kubernetes/client-node for one API server, whose requests are sent through our network layer with
 * the credentials of one context. Every error has a `cluster.…` code and names the host and the step.
 */
export class ApiClient {
  readonly apis: ApisApi;
  readonly authorization: AuthorizationV1Api;
  readonly core: CoreV1Api;
  /** For the resources of every group but the core one. */
  readonly custom: CustomObjectsApi;
  readonly version: VersionApi;
  readonly #login: ApiLogin;
  readonly #options: ApiClientOptions;

  constructor(login: ApiLogin, options: ApiClientOptions) {
    this.#login = login;
    this.#options = options;
    const configuration = createConfiguration({ baseServer: new ServerConfiguration(options.serverUrl, {}) });
    this.apis = new ApisApi(configuration);
    this.authorization = new AuthorizationV1Api(configuration);
    this.core = new CoreV1Api(configuration);
    this.custom = new CustomObjectsApi(configuration);
    this.version = new VersionApi(configuration);
  }

  get host(): string {
    return new URL(this.#options.serverUrl).host;
  }

  /** The result of one operation. */
  call<Result>(request: ApiRequest, signal: AbortSignal, operation: Operation<Result>): Promise<Result> {
    return this.#run(request, operation, async (context) => {
      const response = await this.#exchange(context, request, signal);
      return this.#text(response, request, signal);
    });
  }

  /**
   * The response of one operation as it is: the API classes convert every response to the kind of the path, and so drop
   * the columns of a Table.
   */
  async json(request: ApiRequest, signal: AbortSignal, operation: Operation<unknown>): Promise<unknown> {
    let value: unknown;
    await this.#run(request, operation, async (context) => {
      const response = await this.#exchange(context, request, signal);
      value = JSON.parse(await this.#text(response, request, signal));
      return 'null';
    });
    return value;
  }

  /** A watch, whose body has not been read yet: the caller must read or discard it. It may pause at any time. */
  async watch(request: ApiRequest, signal: AbortSignal, operation: Operation<unknown>): Promise<HttpResponse> {
    const opened: HttpResponse[] = [];
    await this.#run(request, operation, async (context) => {
      opened.push(await this.#exchange(context, request, signal, true));
      return 'null';
    });
    const [response] = opened;
    if (response === undefined) throw new TypeError('the operation has not used the options');
    return response;
  }

  /** Converts an error of a request or of its body into the one to report. */
  named(error: unknown, request: ApiRequest, signal: AbortSignal, proxy?: string): unknown {
    if (signal.aborted || isAbort(error)) return abortError();
    if (error instanceof AirgapError) return error;
    const place = { ...this.place(request), ...(proxy !== undefined && { proxy }) };
    return networkError(error, place, this.#options.timeout);
  }

  /** The destination of a request, for an error about its response. */
  place({ step }: ApiRequest): RequestPlace {
    return { context: this.#options.context, host: this.host, step };
  }

  /** Calls an operation for which `send` sends the request and gives the JSON that the library then converts. */
  async #run<Result>(
    request: ApiRequest,
    operation: Operation<Result>,
    send: (context: RequestContext) => Promise<string>,
  ): Promise<Result> {
    // Whatever the server calls it: the library rejects a body of another type without saying what it is.
    const headers = { 'content-type': 'application/json' };
    const library = {
      send: async (context: RequestContext) => {
        const body = await send(context);
        const text = (): Promise<string> => Promise.resolve(body);
        const binary = (): Promise<Buffer> => Promise.resolve(Buffer.from(body));
        return new ResponseContext(200, headers, { text, binary, stream: () => null });
      },
    };
    try {
      return await operation({ httpApi: wrapHttpLibrary(library) });
    } catch (error) {
      if (error instanceof AirgapError || isAbort(error)) throw error;
      const reason = error instanceof SyntaxError ? 'it is not JSON' : 'it is not what was requested';
      throw clusterError('response-invalid', { ...this.place(request), reason }, error);
    }
  }

  async #exchange(
    context: RequestContext,
    request: ApiRequest,
    signal: AbortSignal,
    mayPause = false,
  ): Promise<HttpResponse> {
    let response = await this.#sendUntilReady(context, request, signal, mayPause);
    if (response.status === 401 && this.#login.renew()) {
      await response.body.discard();
      response = await this.#sendUntilReady(context, request, signal, mayPause);
    }
    if (response.status >= 200 && response.status < 300) return response;
    const status = parseStatusText(await this.#text(response, request, signal), response.status);
    throw statusError(status, this.place(request), request, this.#login.anonymity);
  }

  /**
   * Repeats a request that the API server has not processed and asks to repeat: with 429 if it has too many requests or
   * is not ready for a kind yet ("storage is (re)initializing"), with 503 while it is being started.
   */
  async #sendUntilReady(
    context: RequestContext,
    request: ApiRequest,
    signal: AbortSignal,
    mayPause: boolean,
  ): Promise<HttpResponse> {
    for (let repeats = 0; ; repeats++) {
      const response = await this.#send(context, request, signal, mayPause);
      const pause = pauseOf(response);
      if (pause === undefined || repeats === MOST_REPEATS) return response;
      await response.body.discard();
      await this.#options.timing.delay(pause * 1000, signal);
    }
  }

  async #send(
    context: RequestContext,
    request: ApiRequest,
    signal: AbortSignal,
    mayPause: boolean,
  ): Promise<HttpResponse> {
    const { transport, headers, proxy } = await this.#login.connection(signal);
    const body = context.getBody();
    const contentType = request.contentType ?? 'application/json';
    const url = new URL(context.getUrl());
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const sent = {
      method: context.getHttpMethod() as HttpRequest['method'],
      url,
      headers: {
        ...headers,
        Accept: request.accept ?? 'application/json',
        ...(body !== undefined && { 'Content-Type': contentType }),
      },
      ...(typeof body === 'string' && { body: Buffer.from(body) }),
      mayPause,
    };
    try {
      return await exchange(transport, sent, this.#options.timeout, signal);
    } catch (error) {
      throw this.named(error, request, signal, proxy);
    }
  }

  async #text(response: HttpResponse, request: ApiRequest, signal: AbortSignal): Promise<string> {
    try {
      return await readText(response);
    } catch (error) {
      throw this.named(error, request, signal);
    }
  }
}

/** The seconds after which the server asks to repeat the request; undefined if it does not, or if they are too many. */
function pauseOf(response: HttpResponse): number | undefined {
  if (response.status !== 429 && response.status !== 503) return undefined;
  const seconds = /^\d{1,4}$/.exec(response.header('retry-after') ?? '')?.[0];
  return seconds === undefined || Number(seconds) > LONGEST_PAUSE ? undefined : Number(seconds);
}
