import { AirgapError, isAbort } from '../base/errors.ts';
import type { ErrorArguments } from '../base/errors.ts';
import { causeText, failureKind } from './failure-kinds.ts';
import type { FailureKind } from './failure-kinds.ts';

/** The failures that the network layer itself raises, and their details. */
interface OwnDetails {
  /** `after`: seconds without a byte */
  readonly stalled: { readonly host: string; readonly step: string; readonly after: number };
  readonly 'address-refused': { readonly host: string; readonly onBehalfOf: string; readonly address: string };
  readonly 'certificate-file': { readonly path: string; readonly reason: string };
  readonly 'proxy-invalid': { readonly host: string; readonly reason: string };
  readonly 'proxy-unreachable': { readonly proxy: string; readonly host: string; readonly reason: string };
  readonly 'proxy-credentials-missing': ProxyResponse;
  readonly 'proxy-unauthorized': ProxyResponse;
  readonly 'proxy-refused': ProxyResponse;
}

interface ProxyResponse {
  readonly proxy: string;
  readonly host: string;
  readonly status: number;
  readonly step: string;
}

export type NetworkErrorKind = FailureKind | keyof OwnDetails;

/** An error of the network layer, without a text for users: `oci` and `cluster` choose that by its kind. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly kind: NetworkErrorKind;
  /** The details of the kind, see OwnDetails; otherwise an ErrorContext with `reason`. May come from a server. */
  readonly details: ErrorArguments;

  constructor(kind: NetworkErrorKind, details: ErrorArguments, cause?: unknown) {
    const where = details['host'] ?? details['path'] ?? '';
    super(`${where}: ${details['reason'] ?? kind}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.details = details;
  }
}

/** An error that the network layer raises itself. */
export function ownError<Kind extends keyof OwnDetails>(
  kind: Kind,
  details: OwnDetails[Kind],
  cause?: unknown,
): NetworkError {
  return new NetworkError(kind, { ...details }, cause);
}

/** Where a request failed. */
export interface ErrorContext {
  /** host[:port] that was contacted */
  readonly host: string;
  /** host[:port] of the server on whose behalf it was contacted; may be the same */
  readonly onBehalfOf: string;
  /** The request, such as "GET https://host/v2/". */
  readonly step: string;
  /** 1 if the host has responded before, so that a failure to reach it may be temporary. */
  readonly answeredBefore?: 1;
}

/**
 * The NetworkError for what Node or our own HTTP/1.1 client throws. AbortErrors, NetworkErrors and errors of
 * the source of a request's body are returned unchanged.
 */
export function networkError(error: unknown, context: ErrorContext): Error {
  if (isAbort(error)) return error as Error;
  if (error instanceof NetworkError || error instanceof AirgapError) return error;
  return new NetworkError(failureKind(error), { ...context, reason: causeText(error) }, error);
}
