import { readFile } from 'node:fs/promises';
import { getCACertificates, rootCertificates } from 'node:tls';
import { clusterError } from './errors.ts';
import type { ContextDetails } from './kubeconfig.ts';

/** The certificates and keys of a context, read from where they are. PEM. */
export interface LoginFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Rejects with `cluster.credentials-unreadable`. Data in the kubeconfig counts more than a file, as with kubectl. */
export async function readLoginFiles(details: ContextDetails, extraCas: readonly string[]): Promise<LoginFiles> {
  const { cluster, user } = details;
  const ca = await pem(details, cluster.caData, cluster.caFile);
  const certificate = await pem(details, user.certData, user.certFile);
  const key = await pem(details, user.keyData, user.keyFile);
  return {
    ...(ca !== undefined && { ca }),
    // Without a CA of its own the cluster has a public or a company certificate: the system knows those, Node alone does not.
    ...(ca === undefined && cluster.server.startsWith('https:') && { ca: [...systemCas(), ...extraCas].join('\n') }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
  };
}

/** The token in `user.tokenFile`, read anew each time because it is renewed there. */
export async function readTokenFile(details: ContextDetails): Promise<string | undefined> {
  const { tokenFile } = details.user;
  return tokenFile === undefined ? undefined : (await readText(details, tokenFile)).trim();
}

async function pem(details: ContextDetails, data?: string, file?: string): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readText(details, file);
}

async function readText({ context }: ContextDetails, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? `${file}: ${String(error.code)}` : file;
    throw clusterError('credentials-unreadable', { context: context.name, file: context.file, reason });
  }
}

function systemCas(): readonly string[] {
  return [...new Set([...rootCertificates, ...getCACertificates('system'), ...getCACertificates('extra')])];
}
