import { isRecord, record, text, time } from '../base/json.ts';

/** The output of a login program. Secret. */
export interface ExecCredential {
  readonly token?: string;
  /** PEM */
  readonly certificate?: string;
  /** PEM */
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** Parses an ExecCredential of client.authentication.k8s.io; undefined for anything else. */
export function parseExecCredential(output: string): ExecCredential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['kind'] !== 'ExecCredential') return undefined;
  const status = record(value['status']);
  const token = text(status['token']);
  const certificate = text(status['clientCertificateData']);
  const key = text(status['clientKeyData']);
  const expiresAt = time(status['expirationTimestamp']);
  if (token === undefined && (certificate === undefined || key === undefined)) return undefined;
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && key !== undefined && { certificate, key }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
