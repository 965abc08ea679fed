import type { AirgapError } from '../base/errors.ts';
import { array, record, text, wholeNumber } from '../base/json.ts';
import { clusterError } from './errors.ts';
import type { RequestPlace } from './network-errors.ts';

/** What a request asked for, for errors of its response. */
export interface RequestTarget {
  /** `<group>/<version>`, or `v1` */
  readonly api: string;
  /** `<namespace>/<name>` of the object, if the request has one. */
  readonly object?: string;
  readonly namespace?: string;
}

/**
 * The error of an unsuccessful response (Kubernetes API conventions, "Response Status Kind").
 * @param anonymity why the request had no credentials, if it had none
 */
export function statusError(
  status: KubernetesStatus,
  place: RequestPlace,
  target: RequestTarget,
  anonymity?: string,
): AirgapError {
  const message = status.message === '' ? `status ${status.code}` : status.message;
  const name = target.object ?? target.api;
  const namespace = target.namespace ?? '';
  // Kubernetes (including 1.37) responds with 500 if server-side apply encounters a field that is not in the schema.
  if (status.message.startsWith('failed to create typed patch object')) {
    return clusterError('invalid', { ...place, name, message });
  }
  // The wordings of Go's server, nginx and Apache.
  if (
    !status.genuine &&
    status.code === 400 &&
    /\bHTTP\b.* (?:to|on|port)\b.*\bHTTPS|\bHTTP\b.*\bSSL-enabled/is.test(message)
  ) {
    return clusterError('https-needed', { ...place });
  }
  switch (status.code) {
    case 401:
      return anonymity === undefined
        ? clusterError('unauthorized', { ...place })
        : clusterError('anonymous', { ...place, reason: anonymity });
    case 403:
      if (message.includes('forbidden: User "system:anonymous"')) {
        return clusterError('anonymous', { ...place, reason: anonymity ?? 'it ignored the credentials' });
      }
      return status.causes.some(({ reason }) => reason === 'NamespaceTerminating')
        ? clusterError('namespace-terminating', { ...place, namespace })
        : clusterError('forbidden', { ...place, message });
    case 404:
      if (status.kind === 'namespaces') return clusterError('namespace-missing', { ...place, namespace: status.name });
      // The path itself is not served: the response is plain text, or a Status that names no object.
      if (status.name === '') return clusterError('api-missing', { ...place, api: target.api });
      return clusterError('not-found', { ...place, message });
    case 409:
      if (status.reason === 'AlreadyExists') return clusterError('already-exists', { ...place, name });
      return (
        fieldConflict(status, place, name) ?? clusterError('status-unexpected', { ...place, status: 409, message })
      );
    case 400:
    case 422:
      return status.genuine
        ? clusterError('invalid', { ...place, name, message })
        : clusterError('status-unexpected', { ...place, status: status.code, message });
    case 410:
      return clusterError('expired', { ...place });
    case 503:
      return clusterError('api-unavailable', { ...place, api: target.api, message });
    default:
      return clusterError('status-unexpected', { ...place, status: status.code, message });
  }
}

/** Server-side apply reports each field owned by another manager as a cause: `conflict with "kubectl" using v1: …`. */
function fieldConflict(status: KubernetesStatus, place: RequestPlace, name: string): AirgapError | undefined {
  const causes = status.causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (causes.length === 0) return undefined;
  const managers = causes.map(({ message }) => /^conflict with "([^"]+)"/.exec(message)?.[1] ?? message);
  return clusterError('conflict', {
    ...place,
    name,
    managers: [...new Set(managers)].join(', '),
    fields: [...new Set(causes.map(({ field }) => field.replace(/^\./, '')))].join(', '),
  });
}

/** Kubernetes' own error object (meta/v1 Status), as far as it could be read. */
export interface KubernetesStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** Plural kind of the object in `name`, for example `namespaces`. */
  readonly kind: string;
  readonly name: string;
  readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
  /** True if the server sent a Status; proxies and the path router send plain text. */
  readonly genuine: boolean;
}

/** Parses a response body, or an ERROR event's object; `code` is the HTTP status, used if the body contains none. */
export function parseStatus(value: unknown, code: number): KubernetesStatus {
  const status = record(value);
  const details = record(status['details']);
  return {
    code: wholeNumber(status['code']) ?? code,
    reason: text(status['reason']) ?? '',
    message: text(status['message']) ?? '',
    kind: text(details['kind']) ?? '',
    name: text(details['name']) ?? '',
    causes: array(details['causes'])
      .map(record)
      .map((cause) => ({
        reason: text(cause['reason']) ?? '',
        message: text(cause['message']) ?? '',
        field: text(cause['field']) ?? '',
      })),
    genuine: status['kind'] === 'Status',
  };
}

/** Parses the Status in a body that should contain one; plain text becomes its message. */
export function parseStatusText(body: string, code: number): KubernetesStatus {
  try {
    return parseStatus(JSON.parse(body), code);
  } catch {
    return parseStatus({ message: body.slice(0, 300).trim() }, code);
  }
}
