import { AirgapError, isAbort } from '../base/errors.ts';
import { array, member, parseJson, record, text, textMap } from '../base/json.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { printable } from '../base/printable.ts';
import { attachmentOf, COSIGN_SIGN, isSigstoreBundle } from '../carvel/attachment-kind.ts';
import type { FoundImage, ManifestNode } from '../carvel/graph.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Digest } from '../oci/digest.ts';
import type { DigestReference, Repository } from '../oci/reference.ts';
import { requirementsFor } from './policy.ts';
import type { Identity, Policy, Requirement } from './policy.ts';
import { identityProblem } from './signed-identity.ts';
import type * as sigstoreModule from './sigstore.ts';
import type { Signer, Trust, Verified } from './sigstore.ts';

/** What `sigstore.ts` exports; it is loaded when the first signature is verified. */
type Sigstore = Pick<typeof sigstoreModule, 'verifyBundle' | 'verifyDetached'>;
type SigstoreSigned = Extract<Requirement, { type: 'sigstoreSigned' }>;

/** An image that a policy is to judge. */
export interface JudgedImage {
  readonly image: FoundImage;
  readonly tag?: string;
  /** Where its lock says that it is. */
  readonly name?: Repository;
}

/** A signature, under cosign's tag or as a referrer. */
export interface Evidence {
  readonly image: FoundImage;
  readonly tag?: string;
}

/** What a policy says about an image. */
export interface Verdict {
  readonly admitted: boolean;
  /** The scope of the policy that applies to the image; `docker` and `default` are its defaults. */
  readonly scope: string;
  /** Who signed it: a key's name, or the subject and issuer of a certificate. Each is verified. */
  readonly signers: readonly string[];
  /** Why it is not admitted. */
  readonly reasons: readonly string[];
}

/** Reads a small blob and compares it with its digest. */
export type BlobReader = (place: DigestReference, blob: Descriptor, signal: AbortSignal) => Promise<Buffer>;

const PARALLEL = 16;
/** Bytes of a payload or bundle; more than any signature has. */
export const MAX_SIGNATURE = 1024 * 1024;
/** Signatures of one image that are verified; more are ignored, and reported. */
const MAX_SIGNATURES = 64;
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const IN_TOTO = 'application/vnd.in-toto+json';

/** Judges images by a policy. Contacts nothing but the place where the signatures are stored. */
export class Gate {
  readonly #policy: Policy;
  readonly #evidence: ReadonlyMap<Digest, readonly Evidence[]>;
  readonly #read: BlobReader;

  /** @param evidence whatever is attached to the images, in any order */
  constructor(policy: Policy, evidence: readonly Evidence[], read: BlobReader) {
    this.#policy = policy;
    this.#read = read;
    const bySubject = new Map<Digest, Evidence[]>();
    for (const each of evidence) {
      const fact = attachmentOf(each.image.node.bytes, each.tag);
      if (fact === undefined) continue;
      const others = bySubject.get(fact.subject);
      if (others === undefined) bySubject.set(fact.subject, [each]);
      else others.push(each);
    }
    this.#evidence = bySubject;
  }

  /** In the order of the images. A failure to read a signature is a reason, not an error. */
  async judge(images: readonly JudgedImage[], signal: AbortSignal): Promise<Verdict[]> {
    const limiter = new Limiter(PARALLEL);
    const verdicts = new Map<JudgedImage, Verdict>();
    await forEachParallel(images, signal, (image, stop) =>
      limiter.run(stop, async () => void verdicts.set(image, await this.#judge(image, stop))),
    );
    return images.map((image) => verdicts.get(image) ?? { admitted: false, scope: '', signers: [], reasons: [] });
  }

  async #judge(judged: JudgedImage, signal: AbortSignal): Promise<Verdict> {
    const { scope, requirements } = requirementsFor(this.#policy, judged.image.place, judged.tag);
    const signers: string[] = [];
    const reasons: string[] = [];
    let signatures: readonly Signature[] | undefined;
    for (const requirement of requirements) {
      if (requirement.type === 'reject') reasons.push('the policy rejects every image there');
      if (requirement.type !== 'sigstoreSigned') continue;
      signatures ??= await this.#signaturesOf(judged.image.node, signal);
      const sigstore = await import('./sigstore.ts');
      const result = signedBy(judged, requirement, signatures, sigstore);
      if ('signer' in result) signers.push(result.signer);
      else reasons.push(result.problem);
    }
    return { admitted: reasons.length === 0, scope, signers: [...new Set(signers)], reasons };
  }

  async #signaturesOf({ digest }: ManifestNode, signal: AbortSignal): Promise<Signature[]> {
    const found: Signature[] = [];
    for (const { image, tag } of this.#evidence.get(digest) ?? []) {
      for (const { read, layer } of signatureLayers(image.node, tag)) {
        if (found.length >= MAX_SIGNATURES)
          return [...found, { problem: `it has more than ${MAX_SIGNATURES} signatures` }];
        found.push(await this.#readSignature(image.place, layer, read, signal));
      }
    }
    return found;
  }

  async #readSignature(
    place: DigestReference,
    layer: Descriptor,
    read: (content: Buffer) => Signature,
    signal: AbortSignal,
  ): Promise<Signature> {
    if (layer.size > MAX_SIGNATURE) return { problem: 'its signature is too large' };
    try {
      return read(await this.#read(place, layer, signal));
    } catch (error) {
      if (isAbort(error) || !(error instanceof AirgapError)) throw error;
      return { problem: `its signature cannot be read: ${error.message}` };
    }
  }
}

/** A signature that was read, in one of the two forms that cosign writes; or why there is none. */
type Signature =
  | { readonly verify: (sigstore: Sigstore, artifact: Buffer, trust: Trust) => Verified; readonly content: 'bundle' }
  | {
      readonly verify: (sigstore: Sigstore, artifact: Buffer, trust: Trust) => Verified;
      readonly content: 'payload';
      readonly payload: Buffer;
    }
  | { readonly problem: string };

/** The layers that contain signatures, and how to read each. */
function signatureLayers(
  node: ManifestNode,
  tag: string | undefined,
): { layer: Descriptor; read: (content: Buffer) => Signature }[] {
  const layers = array(member(record(parseJson(node.bytes)), 'layers'));
  return node.blobs.slice(1).flatMap((layer, index) => {
    if (tag === undefined && isSigstoreBundle(layer.mediaType)) {
      const read = (content: Buffer): Signature => ({
        content: 'bundle',
        verify: (sigstore, artifact, trust) => sigstore.verifyBundle(parseJson(content), artifact, trust),
      });
      return [{ layer, read }];
    }
    if (layer.mediaType !== SIMPLE_SIGNING) return [];
    const annotations = textMap(member(record(layers[index]), 'annotations'));
    return [{ layer, read: (payload: Buffer) => payloadSignature(payload, annotations) }];
  });
}

function payloadSignature(payload: Buffer, annotations: Readonly<Record<string, string>>): Signature {
  const signature = annotations['dev.cosignproject.cosign/signature'];
  if (signature === undefined) return { problem: 'its signature is missing' };
  const certificate = annotations['dev.sigstore.cosign/certificate'];
  const entry = annotations['dev.sigstore.cosign/bundle'];
  const detached = {
    payload,
    signature: Buffer.from(signature, 'base64'),
    ...(certificate === undefined || certificate === '' ? {} : { certificate }),
    ...(entry === undefined ? {} : { logEntry: parseJson(Buffer.from(entry)) }),
  };
  return { content: 'payload', payload, verify: (sigstore, _, trust) => sigstore.verifyDetached(detached, trust) };
}

/** Whether one of the signatures meets a requirement; if not, why: the reason of the signature that comes closest. */
function signedBy(
  { image, name }: JudgedImage,
  requirement: SigstoreSigned,
  signatures: readonly Signature[],
  sigstore: Sigstore,
): { signer: string } | { problem: string } {
  const names: Repository[] = [image.place, ...(name === undefined ? [] : [name])];
  const problems: string[] = [];
  for (const signature of signatures) {
    if ('problem' in signature) {
      problems.push(signature.problem);
      continue;
    }
    for (const { trust, who } of trustsOf(requirement)) {
      const verified = signature.verify(sigstore, image.node.bytes, trust);
      if ('problem' in verified) {
        problems.push(`its signature is not valid: ${printable(verified.problem)}`);
        continue;
      }
      const signer = who ?? signerText(verified.signer);
      const problem =
        (who === undefined ? signerProblem(verified.signer, requirement.identities) : undefined) ??
        contentProblem(signature, verified, image.node.digest, requirement, names);
      if (problem === undefined) return { signer };
      // A valid signature that does not fit says more than one that is not valid.
      problems.unshift(problem);
    }
  }
  return { problem: problems[0] ?? 'it is not signed' };
}

function trustsOf({ keys, trustedRoot }: SigstoreSigned): { trust: Trust; who: string | undefined }[] {
  const root = trustedRoot === undefined ? {} : { trustedRoot };
  if (keys.length === 0) return [{ trust: root, who: undefined }];
  return keys.map(({ name, pem }) => ({ trust: { key: pem, ...root }, who: name }));
}

function signerProblem({ subject = '', issuer = '' }: Signer, identities: readonly Identity[]): string | undefined {
  const isKnown = identities.some((each) => matches(each.subject, subject) && matches(each.issuer, issuer));
  return isKnown ? undefined : `it is signed by ${signerText({ subject, issuer })}, whom the policy does not name`;
}

function matches(expected: string | RegExp, value: string): boolean {
  return typeof expected === 'string' ? expected === value : expected.test(value);
}

function signerText({ subject = 'unknown', issuer = 'unknown' }: Signer): string {
  return printable(`${subject} (${issuer})`);
}

/** Whether what was signed is this image. */
function contentProblem(
  signature: Exclude<Signature, { readonly problem: string }>,
  verified: Exclude<Verified, { readonly problem: string }>,
  digest: Digest,
  { signedIdentity }: SigstoreSigned,
  names: readonly Repository[],
): string | undefined {
  if (signature.content === 'payload') {
    const critical = record(member(record(parseJson(signature.payload)), 'critical'));
    const signed = member(record(member(critical, 'image')), 'docker-manifest-digest');
    if (signed !== digest) return `its signature is for another digest, ${printable(String(signed))}`;
    const claimed = text(member(record(member(critical, 'identity')), 'docker-reference'));
    return identityProblem(signedIdentity, claimed, names);
  }
  // A bundle without an envelope signs the manifest itself.
  if (verified.payload === undefined) return identityProblem(signedIdentity, undefined, names);
  if (verified.payloadType !== IN_TOTO) return 'its signature has an unknown kind of content';
  const statement = record(parseJson(verified.payload));
  const predicate = statement['predicateType'];
  if (predicate !== COSIGN_SIGN)
    return `it has an attestation (${printable(String(predicate))}), which is not a signature`;
  const [algorithm = '', hex] = digest.split(':');
  const subjects = array(statement['subject']).map((subject) => record(record(subject)['digest']));
  if (!subjects.some((subject) => member(subject, algorithm) === hex)) return 'its signature is for another digest';
  return identityProblem(signedIdentity, undefined, names);
}
