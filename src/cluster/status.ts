import { array, record, text, wholeNumber } from '../base/json.ts';

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
