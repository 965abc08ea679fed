// A Sigstore of the test's own: a certificate authority and a transparency log, without any server. What it signs has
// the form in which cosign stores keyless signatures, and cosign verifies it with the trusted root that this writes.
import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { outputOf } from './run-program.ts';

export interface SignOptions {
  readonly subject?: string;
  readonly issuer?: string;
  /** The digest in the statement, if it is not that of the image. */
  readonly signedDigest?: string;
  readonly predicateType?: string;
  /** Changes the finished bundle. */
  readonly change?: (bundle: KeylessBundle) => void;
}

export interface KeylessBundle {
  mediaType: string;
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: {
      inclusionPromise?: { signedEntryTimestamp: string };
      inclusionProof?: { rootHash: string; hashes: string[]; [other: string]: unknown };
      canonicalizedBody: string;
      [other: string]: unknown;
    }[];
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

export interface SigstoreAuthority {
  /** trusted_root.json */
  readonly trustedRoot: string;
  /** A bundle of version 0.3 that signs an image as `cosign sign` does. */
  sign(digest: string, options?: SignOptions): Promise<KeylessBundle>;
}

export const SUBJECT = 'https://git.example/vendor/app/release.yml';
export const ISSUER = 'https://token.example';
const ORIGIN = 'rekor.example';
const IN_TOTO = 'application/vnd.in-toto+json';

/** @param validFor when the root counts as valid; by default since yesterday */
export async function createSigstoreAuthority(
  folder: string,
  name: string,
  validFor: { start: Date; end?: Date } = { start: new Date(Date.now() - 86_400_000) },
): Promise<SigstoreAuthority> {
  const [caFile, caKey] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const config = join(folder, `${name}.cnf`);
  await writeFile(config, '[req]\ndistinguished_name = name\n[name]\n');
  const request = (args: readonly string[]) =>
    outputOf('openssl', ['req', '-x509', '-config', config, ...newKey, ...args]);
  const extension = (text: string): string[] => ['-addext', text];
  const subjectFor = (subject: string, days: number): string[] => ['-subj', subject, '-days', String(days)];
  const outputTo = (file: string, key: string): string[] => ['-out', file, '-keyout', key];
  const signedBy = ['-CA', caFile, '-CAkey', caKey];
  await request([
    ...subjectFor(`/O=${name}/CN=${name}`, 30),
    ...outputTo(caFile, caKey),
    ...extension('basicConstraints=critical,CA:TRUE,pathlen:0'),
    ...extension('keyUsage=critical,keyCertSign,cRLSign'),
  ]);
  const log = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const logKey = log.publicKey.export({ type: 'spki', format: 'der' });
  const logId = createHash('sha256').update(logKey).digest();
  const ca = new X509Certificate(await readFile(caFile));
  const times = { start: validFor.start.toISOString(), ...(validFor.end && { end: validFor.end.toISOString() }) };
  const trustedRoot = join(folder, `${name}-root.json`);
  await writeFile(
    trustedRoot,
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [
        {
          baseUrl: `https://${ORIGIN}`,
          hashAlgorithm: 'SHA2_256',
          publicKey: { rawBytes: logKey.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: times },
          logId: { keyId: logId.toString('base64') },
        },
      ],
      certificateAuthorities: [
        {
          subject: { organization: name, commonName: name },
          uri: 'https://fulcio.example',
          certChain: { certificates: [{ rawBytes: ca.raw.toString('base64') }] },
          validFor: times,
        },
      ],
    }),
  );

  async function leaf(subject: string, issuer: string): Promise<{ raw: Buffer; pem: string; key: KeyObject }> {
    const [file, key] = [join(folder, `${name}-leaf.crt`), join(folder, `${name}-leaf.key`)];
    await request([
      ...signedBy,
      ...subjectFor('/', 1),
      ...outputTo(file, key),
      ...extension('basicConstraints=critical,CA:FALSE'),
      ...extension('keyUsage=critical,digitalSignature'),
      ...extension('extendedKeyUsage=codeSigning'),
      ...extension(`subjectAltName=critical,URI:${subject}`),
      ...extension(`1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:${issuer}`),
    ]);
    const certificate = new X509Certificate(await readFile(file));
    return { raw: certificate.raw, pem: certificate.toString(), key: createPrivateKey(await readFile(key)) };
  }

  return {
    trustedRoot,
    async sign(digest, options = {}) {
      const {
        subject = SUBJECT,
        issuer = ISSUER,
        signedDigest = digest,
        predicateType = COSIGN_SIGN,
        change,
      } = options;
      const certificate = await leaf(subject, issuer);
      const [algorithm = '', hex = ''] = signedDigest.split(':');
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { [algorithm]: hex } }],
        predicateType,
        predicate: {},
      };
      const payload = Buffer.from(JSON.stringify(statement));
      const encoded = Buffer.concat([
        Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.byteLength} `),
        payload,
      ]);
      const signature = sign('sha256', encoded, certificate.key).toString('base64');
      const envelope = { payload: payload.toString('base64'), payloadType: IN_TOTO, signatures: [{ sig: signature }] };
      const body = Buffer.from(
        canonical({
          apiVersion: '0.0.1',
          kind: 'dsse',
          spec: {
            envelopeHash: { algorithm: 'sha256', value: hash(JSON.stringify(envelope)).toString('hex') },
            payloadHash: { algorithm: 'sha256', value: hash(payload).toString('hex') },
            signatures: [{ signature, verifier: Buffer.from(certificate.pem).toString('base64') }],
          },
        }),
      );
      // The log has a single entry, so its root is the hash of the entry (RFC 6962, section 2.1).
      const rootHash = hash(Buffer.concat([Buffer.from([0]), body]));
      // With the number of a tree, as Rekor 1 writes it.
      const note = `${ORIGIN} - 1\n1\n${rootHash.toString('base64')}\n`;
      const signed = Buffer.concat([logId.subarray(0, 4), sign('sha256', Buffer.from(note), log.privateKey)]);
      const integratedTime = Math.floor(Date.now() / 1000);
      const promised = { body: body.toString('base64'), integratedTime, logIndex: 0, logID: logId.toString('hex') };
      const bundle: KeylessBundle = {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: { rawBytes: certificate.raw.toString('base64') },
          tlogEntries: [
            {
              logIndex: '0',
              logId: { keyId: logId.toString('base64') },
              kindVersion: { kind: 'dsse', version: '0.0.1' },
              integratedTime: String(integratedTime),
              inclusionPromise: {
                signedEntryTimestamp: sign('sha256', Buffer.from(canonical(promised)), log.privateKey).toString(
                  'base64',
                ),
              },
              inclusionProof: {
                logIndex: '0',
                rootHash: rootHash.toString('base64'),
                treeSize: '1',
                hashes: [],
                checkpoint: { envelope: `${note}\n— ${ORIGIN} ${signed.toString('base64')}\n` },
              },
              canonicalizedBody: body.toString('base64'),
            },
          ],
        },
        dsseEnvelope: envelope,
      };
      change?.(bundle);
      return bundle;
    },
  };
}

const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

function hash(bytes: Buffer | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** JSON with sorted keys, enough for what is written here (RFC 8785). */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
