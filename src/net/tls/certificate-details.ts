import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

import { printable } from '../../base/printable.ts';

/** A certificate as a person compares it. Texts from the server are printable. */
export interface CertificateDetails {
  /** "AB:CD:…", SHA-256 */
  readonly fingerprint: string;
  /** "CN=registry, O=Example" */
  readonly subject: string;
  readonly issuer: string;
  /** Hosts and addresses it is valid for. */
  readonly names: readonly string[];
  /** ISO 8601 */
  readonly validFrom: string;
  readonly validTo: string;
  /** For `trustedCertificates`. */
  readonly pem: string;
}

const MAX_NAMES = 50;
const MAX_CHAIN = 10;

/** The certificates that a server sent, its own first. */
export function chainOf(leaf: DetailedPeerCertificate): [CertificateDetails, ...CertificateDetails[]] {
  const chain: [CertificateDetails, ...CertificateDetails[]] = [detailsOf(leaf.raw)];
  let current = leaf;
  while (current.issuerCertificate !== undefined && chain.length < MAX_CHAIN) {
    // A root authority is its own issuer.
    if (current.issuerCertificate.fingerprint256 === current.fingerprint256) break;
    current = current.issuerCertificate;
    chain.push(detailsOf(current.raw));
  }
  return chain;
}

function detailsOf(der: Buffer): CertificateDetails {
  const certificate = new X509Certificate(der);
  const names = (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '');
  return {
    fingerprint: certificate.fingerprint256,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: names.slice(0, MAX_NAMES).map((name) => printable(name.replace(/^(?:DNS|IP Address):/, ''))),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    pem: certificate.toString(),
  };
}

/** X509Certificate puts each part on its own line. */
function oneLine(name: string): string {
  return printable(name.trim().split('\n').join(', '));
}
