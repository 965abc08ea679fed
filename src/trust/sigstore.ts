// The entry point of dist/sigstore.cjs, which is loaded when the first signature is verified. Only this file imports
// the libraries of Sigstore.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { BUNDLE_V01_MEDIA_TYPE, bundleFromJSON } from '@sigstore/bundle';
import type { Bundle } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { SignedEntity, TrustMaterial } from '@sigstore/verify';

import { parseJson, record } from '../base/json.ts';

/** Who may have signed: one key, or the holder of a certificate. */
export interface Trust {
  /** A public key as PEM; without it, the signature must come with a certificate. */
  readonly key?: string;
  /** A parsed trusted_root.json. With a key, the signature must then be in one of its logs. */
  readonly trustedRoot?: object;
}

/** What a certificate says about its holder. */
export interface Signer {
  readonly subject?: string;
  readonly issuer?: string;
}

export type Verified =
  | {
      readonly signer: Signer;
      /** The statement of a bundle's envelope. */
      readonly payload?: Buffer;
      readonly payloadType?: string;
    }
  | { readonly problem: string };

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const MIN_RSA_BITS = 2048;

/**
 * Verifies a sigstore bundle: its signature, and with a certificate its chain, time, and entry in a log.
 * @param artifact what a bundle without an envelope signs
 */
export function verifyBundle(json: unknown, artifact: Buffer, trust: Trust): Verified {
  return attempt(() => {
    const bundle = bundleFromJSON(json);
    // The only version whose log entries need no proof of inclusion; cosign never stored it as a referrer.
    if (bundle.mediaType === BUNDLE_V01_MEDIA_TYPE)
      throw new Error('its format, version 0.1, has no proof of inclusion');
    const signer = verify(bundle, artifact, trust);
    if (bundle.content.$case !== 'dsseEnvelope') return { signer };
    const { payload, payloadType } = bundle.content.dsseEnvelope;
    return { signer, payload: Buffer.from(payload), payloadType };
  });
}

/** The parts of a signature that cosign stores under a tag. */
export interface DetachedSignature {
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** PEM */
  readonly certificate?: string;
  /** The annotation `dev.sigstore.cosign/bundle`: the entry in the log, with its promise of inclusion. */
  readonly logEntry?: unknown;
}

/** Verifies a signature of a payload (cosign's signature specification, "Simple Signing"). */
export function verifyDetached(detached: DetachedSignature, trust: Trust): Verified {
  return attempt(() => ({ signer: verify(asBundle(detached), detached.payload, trust) }));
}

function attempt(verification: () => Verified): Verified {
  try {
    return verification();
  } catch (error) {
    const parts: string[] = [];
    for (let each: unknown = error; each instanceof Error && parts.length < 4; each = each.cause)
      parts.push(each.message);
    return { problem: parts.length === 0 ? String(error) : parts.join(': ') };
  }
}

function verify(bundle: Bundle, artifact: Buffer, { key, trustedRoot }: Trust): Signer {
  const entity = toSignedEntity(bundle, artifact);
  const roots = trustedRoot === undefined ? NO_ROOTS : materialOf(trustedRoot);
  if (key === undefined) return verifyWithCertificate(bundle, entity, roots);
  const publicKey = allowed(createPublicKey(key));
  const material: TrustMaterial = { ...roots, publicKey: () => ({ publicKey, validFor: () => true }) };
  // Without a root, there is nothing to verify an entry of a log against: the key alone counts.
  const bare = { tlogEntries: [], timestamps: [] };
  const withKey = { ...entity, key: { $case: 'public-key' as const, hint: '' } };
  const options = { tlogThreshold: trustedRoot === undefined ? 0 : 1, ctlogThreshold: 0, timestampThreshold: 0 };
  new Verifier(material, options).verify(trustedRoot === undefined ? { ...withKey, ...bare } : withKey);
  return {};
}

function verifyWithCertificate(bundle: Bundle, entity: SignedEntity, material: TrustMaterial): Signer {
  if (entity.key.$case !== 'certificate') throw new Error('it is signed by a key, not by a certificate');
  const raw = rawCertificate(bundle);
  const certificate = raw && new X509Certificate(raw);
  if (certificate?.keyUsage?.includes(CODE_SIGNING) !== true)
    throw new Error('its certificate is not for signing code');
  allowed(certificate.publicKey);
  const tlogThreshold = material.tlogs.length === 0 ? 0 : 1;
  const ctlogThreshold = material.ctlogs.length === 0 ? 0 : 1;
  const { identity } = new Verifier(material, { tlogThreshold, ctlogThreshold, timestampThreshold: 1 }).verify(entity);
  const [subject, issuer] = [identity?.subjectAlternativeName, identity?.extensions?.issuer];
  return { ...(subject === undefined ? {} : { subject }), ...(issuer === undefined ? {} : { issuer }) };
}

const NO_ROOTS = toTrustMaterial(TrustedRoot.fromJSON({}));
/** Parsed once for all signatures: a root has several certificates and keys. */
const MATERIALS = new WeakMap<object, TrustMaterial>();

function materialOf(trustedRoot: object): TrustMaterial {
  const parsed = MATERIALS.get(trustedRoot) ?? toTrustMaterial(TrustedRoot.fromJSON(trustedRoot));
  MATERIALS.set(trustedRoot, parsed);
  return parsed;
}

function rawCertificate({ verificationMaterial: { content } }: Bundle): Buffer | undefined {
  if (content.$case === 'certificate') return Buffer.from(content.certificate.rawBytes);
  if (content.$case !== 'x509CertificateChain') return undefined;
  const [leaf] = content.x509CertificateChain.certificates;
  return leaf && Buffer.from(leaf.rawBytes);
}

/** Rejects keys that are too weak, or of an algorithm that Sigstore does not use. */
function allowed(key: KeyObject): KeyObject {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  const isAllowed =
    type === 'ed25519' ||
    (type === 'ec' && CURVES.has(namedCurve)) ||
    (type === 'rsa' && modulusLength >= MIN_RSA_BITS);
  if (isAllowed) return key;
  const what = type === 'rsa' ? `RSA with ${modulusLength} bits` : type === 'ec' ? namedCurve : String(type);
  throw new Error(`the algorithm of the key, ${what}, is not allowed`);
}

/** The signature under a tag in the form that the libraries verify: a bundle of version 0.1. */
function asBundle({ payload, signature, certificate, logEntry }: DetachedSignature): Bundle {
  const digest = sha256(payload);
  const raw = certificate === undefined ? undefined : new X509Certificate(certificate).raw.toString('base64');
  return bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      ...(raw === undefined
        ? { publicKey: { hint: '' } }
        : { x509CertificateChain: { certificates: [{ rawBytes: raw }] } }),
      tlogEntries: logEntry === undefined ? [] : [entryOf(logEntry)],
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: digest.toString('base64') },
      signature: signature.toString('base64'),
    },
  });
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** The entry as a bundle states it. The libraries check all of it against the log's signature. */
function entryOf(value: unknown): object {
  const { SignedEntryTimestamp: promise, Payload: payload } = record(value);
  const { body, integratedTime, logIndex, logID } = record(payload);
  if (![promise, body, logID].every((each) => typeof each === 'string')) throw new Error('its log entry is not valid');
  const { kind, apiVersion } = record(parseJson(Buffer.from(String(body), 'base64')));
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(String(logID), 'hex').toString('base64') },
    kindVersion: { kind: String(kind), version: String(apiVersion) },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: promise },
    canonicalizedBody: body,
  };
}
