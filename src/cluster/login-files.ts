import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AirgapError } from '../base/errors.ts';
import { clusterError } from './errors.ts';
import type { ContextDetails } from './kubeconfig.ts';

/** The certificates and keys of a context, read from the kubeconfig or its files. PEM. */
export interface LoginFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Data in the kubeconfig takes precedence over a file, as with kubectl and unlike in the library (2.0.1). Rejects with `cluster.credentials-unreadable`,
 * also if a certificate has no key or one that does not match.
 */
export async function readLoginFiles(details: ContextDetails): Promise<LoginFiles> {
  const { cluster, user } = details;
  const ca = await pem(details, cluster.caData, cluster.caFile);
  // Node would ignore it, and then not find an authority for any certificate.
  if (ca !== undefined && !cluster.skipTLSVerify && !ca.includes('-----BEGIN CERTIFICATE-----'))
    throw unreadable(details, 'certificate-authority holds no certificate in PEM form');
  const certificate = await pem(details, user.certData, user.certFile);
  // A key without a certificate is ignored, as with kubectl.
  const key = certificate === undefined ? undefined : await pem(details, user.keyData, user.keyFile);
  const problem = certificate === undefined ? undefined : keyPairProblem(certificate, key);
  if (problem !== undefined) throw unreadable(details, problem);
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
  };
}

/** The cluster's CA in Base64, as passed to a login program; undefined if the kubeconfig names none. */
export async function readCaData(details: ContextDetails): Promise<string | undefined> {
  const { caData, caFile } = details.cluster;
  if (caData !== undefined || caFile === undefined) return caData;
  return Buffer.from(await readText(details, caFile)).toString('base64');
}

/** What is wrong with a client certificate and its key, without quoting either. */
export function keyPairProblem(certificate: string, key: string | undefined): string | undefined {
  if (key === undefined) return 'the client certificate has no key';
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return 'the client certificate is not a certificate in PEM form';
  }
  try {
    return parsed.checkPrivateKey(createPrivateKey(key)) ? undefined : 'the client key belongs to another certificate';
  } catch {
    // In PKCS #8 and in the older formats.
    if (key.includes('ENCRYPTED')) return 'the client key is protected by a passphrase';
    return 'the client key is not a private key in PEM form';
  }
}

/** The token in `user.tokenFile`, read for each request because the file may be renewed. */
export async function readTokenFile(details: ContextDetails): Promise<string | undefined> {
  const { tokenFile, token } = details.user;
  if (tokenFile === undefined) return token;
  try {
    const read = (await readText(details, tokenFile)).trim();
    if (read === '') throw unreadable(details, `${tokenFile}: it is empty`);
    return read;
  } catch (error) {
    // As kubectl: falls back to the token given in the same entry.
    if (token !== undefined) return token;
    throw error;
  }
}

export function unreadable({ context }: ContextDetails, reason: string): AirgapError {
  return clusterError('credentials-unreadable', { context: context.name, file: context.file, reason });
}

async function pem(details: ContextDetails, data?: string, file?: string): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readText(details, file);
}

async function readText(details: ContextDetails, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(details, error instanceof Error && 'code' in error ? `${file}: ${String(error.code)}` : file);
  }
}
