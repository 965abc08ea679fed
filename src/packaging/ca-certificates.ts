import { X509Certificate } from 'node:crypto';

/** A certificate with the fields shown to the user. */
export interface CaCertificate {
  readonly pem: string;
  readonly subject: string;
  /** SHA-256 in openssl's format. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
  /** Whether it can sign other certificates; otherwise it only helps the server that presents it. */
  readonly isAuthority: boolean;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** Reads the certificates of a PEM text, such as a chain; everything else is omitted, private keys above all. */
export function readCertificates(text: string): CaCertificate[] {
  return (text.match(BLOCK) ?? []).flatMap((pem) => {
    try {
      const { subject, fingerprint256, validTo, ca } = new X509Certificate(pem);
      const name = subject.split('\n').join(', ');
      return [{ pem, subject: name, fingerprint: fingerprint256, validTo: Date.parse(validTo), isAuthority: ca }];
    } catch {
      return [];
    }
  });
}

/** Appends the certificates that a chain lacks; unchanged if it has all of them. */
export function withCertificates(chain: string, added: readonly CaCertificate[]): string {
  const known = new Set(readCertificates(chain).map(({ fingerprint }) => fingerprint));
  const missing = added.filter(({ fingerprint }) => !known.has(fingerprint) && known.add(fingerprint));
  if (missing.length === 0) return chain;
  const start = chain === '' || chain.endsWith('\n') ? chain : `${chain}\n`;
  return `${start}${missing.map(({ pem }) => `${pem}\n`).join('')}`;
}
