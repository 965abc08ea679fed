import { X509Certificate } from 'node:crypto';

/** A certificate of a PEM text, as far as a person has to see it. */
export interface CaCertificate {
  readonly pem: string;
  readonly subject: string;
  /** SHA-256, as openssl writes it */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
  /** It vouches for others; one that does not helps only the server that shows it itself. */
  readonly isAuthority: boolean;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, such as a chain; what is none of them is left out, keys above all. */
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

/** The chain with what it lacks of these certificates at its end; the same text where it lacks nothing. */
export function withCertificates(chain: string, added: readonly CaCertificate[]): string {
  const known = new Set(readCertificates(chain).map(({ fingerprint }) => fingerprint));
  const missing = added.filter(({ fingerprint }) => !known.has(fingerprint) && known.add(fingerprint));
  if (missing.length === 0) return chain;
  const start = chain === '' || chain.endsWith('\n') ? chain : `${chain}\n`;
  return `${start}${missing.map(({ pem }) => `${pem}\n`).join('')}`;
}
