import type { IncomingMessage } from 'node:http';
import { AirgapError, abortError, isAbort } from '../base/errors.ts';
import { readBody } from './body.ts';
import { clusterError } from './errors.ts';
import type { Login } from './login.ts';
import { networkError } from './network-errors.ts';
import type { RequestPlace } from './network-errors.ts';
import { send } from './send.ts';
import { parseStatusText } from './status.ts';
import { statusError } from './status-errors.ts';
import type { RequestTarget } from './status-errors.ts';

export interface ApiRequest extends RequestTarget {
  /** The operation in English, for errors: "list the PackageRepositories". */
  readonly step: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly contentType?: string;
  /** A format of the response other than plain JSON. */
  readonly accept?: string;
  readonly body?: string;
}

export interface ApiClientOptions {
  readonly context: string;
  readonly serverUrl: string;
  /** Maximum milliseconds until a response begins, and between two parts of it. */
  readonly timeout: number;
}

type ApiLogin = Pick<Login, 'requestOptions' | 'renew' | 'anonymity'>;

/**
 * Sends requests to one API server with the credentials of one context. Every error has a `cluster.…` code and names
 * the host and the step.
 */
export class ApiClient {
  readonly #login: ApiLogin;
  readonly #options: ApiClientOptions;

  constructor(login: ApiLogin, options: ApiClientOptions) {
    this.#login = login;
    this.#options = options;
  }

  get host(): string {
    return new URL(this.#options.serverUrl).host;
  }

  /** The JSON of a successful response. */
  async json(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const response = await this.stream(request, signal);
    const body = await this.#convertErrors(request, () => readBody(response, this.#options.timeout), signal);
    try {
      return JSON.parse(body);
    } catch {
      throw clusterError('response-invalid', { ...this.place(request), reason: 'it is not JSON' });
    }
  }

  /** A successful response whose body has not been read yet: the caller must read or destroy it. */
  async stream(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let response = await this.#send(request, signal);
    if (response.statusCode === 401 && this.#login.renew()) {
      response.destroy();
      response = await this.#send(request, signal);
    }
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    const body = await this.#convertErrors(request, () => readBody(response, this.#options.timeout), signal);
    throw statusError(parseStatusText(body, code), this.place(request), request, this.#login.anonymity);
  }

  /** Runs work that may fail on the network, and converts its errors. */
  async #convertErrors<Result>(request: ApiRequest, work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.named(error, request, signal);
    }
  }

  /** Converts an error of a request or of its body's stream into the one to report. */
  named(error: unknown, request: ApiRequest, signal: AbortSignal, proxy?: string): unknown {
    if (signal.aborted || isAbort(error)) return abortError();
    if (error instanceof AirgapError) return error;
    const place = { ...this.place(request), ...(proxy !== undefined && { proxy }) };
    return networkError(error, place, this.#options.timeout);
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { headers, proxy, ...login } = await this.#login.requestOptions(signal);
    const url = new URL(this.#options.serverUrl + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const options = {
      ...login,
      method: request.method ?? 'GET',
      headers: {
        ...headers,
        Accept: request.accept ?? 'application/json',
        'User-Agent': 'carvel-airgap',
        ...(request.contentType !== undefined && { 'Content-Type': request.contentType }),
        ...(request.body !== undefined && { 'Content-Length': Buffer.byteLength(request.body) }),
      },
    };
    try {
      return await send(url, options, request.body, this.#options.timeout, signal);
    } catch (error) {
      throw this.named(error, request, signal, proxy);
    }
  }

  /** The destination of a request, for an error about its response. */
  place({ step }: ApiRequest): RequestPlace {
    return { context: this.#options.context, host: this.host, step };
  }
}
