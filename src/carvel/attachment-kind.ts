import { member, parseJson, record, text, textMap } from '../base/json.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { artifactTypeOf, PREDICATE_TYPE, subjectOf } from '../oci/referrers.ts';

/** What refers to an image: a signature, an attestation, an SBOM, a VEX statement, or anything else. */
export const ATTACHMENT_KINDS = ['signature', 'attestation', 'sbom', 'vex', 'other'] as const;
export type AttachmentKind = (typeof ATTACHMENT_KINDS)[number];

/** Numbers of attachments by kind; kinds without any are absent. */
export type AttachmentCounts = Readonly<Partial<Record<AttachmentKind, number>>>;

/** An attachment and the manifest that it is about. */
export interface AttachmentFact {
  readonly subject: Digest;
  readonly kind: AttachmentKind;
}

/** What a list of referrers, a manifest or a tag says about an attachment. */
export interface AttachmentHints {
  /** The cosign tag; OCI referrers have none. */
  readonly tag?: string | undefined;
  readonly artifactType?: string | undefined;
  /** For a sigstore bundle, what its statement is about. */
  readonly predicateType?: string | undefined;
}

/** The predicate of the statements that `cosign sign` writes since cosign 3. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
/** Whether an artifact type is that of a sigstore bundle, of any version. */
export function isSigstoreBundle(artifactType = ''): boolean {
  return artifactType.startsWith('application/vnd.dev.sigstore.bundle');
}

const COSIGN_TAG = /^(sha256|sha512)-([0-9a-f]+)\.(sig|att|sbom)$/;
const TAG_KINDS = { sig: 'signature', att: 'attestation', sbom: 'sbom' } as const;

/** Derives the kind of an attachment from cosign's tag, or from its types. */
export function attachmentKind({ tag, artifactType = '', predicateType }: AttachmentHints): AttachmentKind {
  const suffix = COSIGN_TAG.exec(tag ?? '')?.[3];
  if (suffix !== undefined) return TAG_KINDS[suffix as keyof typeof TAG_KINDS];
  if (predicateType === COSIGN_SIGN) return 'signature';
  const types = `${artifactType} ${predicateType ?? ''}`;
  if (/signature|cosign\.(?:artifact\.sig\b|simplesigning)/i.test(types)) return 'signature';
  if (/vex|csaf/i.test(types)) return 'vex';
  if (/sbom|spdx|cyclonedx|syft/i.test(types)) return 'sbom';
  return /in-toto|dsse|attestation|provenance|sigstore\.bundle|slsa/i.test(types) ? 'attestation' : 'other';
}

/** What a manifest attaches to which other one; undefined if it is not an attachment. */
export function attachmentOf(manifest: Uint8Array, tag: string | undefined): AttachmentFact | undefined {
  const [, algorithm, hex] = COSIGN_TAG.exec(tag ?? '') ?? [];
  const named = `${algorithm}:${hex}`;
  const subject = isDigest(named) ? named : subjectOf(manifest);
  if (subject === undefined) return undefined;
  const predicateType = text(textMap(member(record(parseJson(manifest)), 'annotations'))[PREDICATE_TYPE]);
  return { subject, kind: attachmentKind({ tag, artifactType: artifactTypeOf(manifest), predicateType }) };
}

export function countAttachments(facts: Iterable<AttachmentFact>): AttachmentCounts {
  const counts: Partial<Record<AttachmentKind, number>> = {};
  for (const { kind } of facts) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The sum of all kinds. */
export function totalOf(counts: AttachmentCounts): number {
  return ATTACHMENT_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

const NOUNS: Readonly<Record<AttachmentKind, readonly [string, string]>> = {
  signature: ['signature', 'signatures'],
  attestation: ['attestation', 'attestations'],
  sbom: ['SBOM', 'SBOMs'],
  vex: ['VEX statement', 'VEX statements'],
  other: ['other referrer', 'other referrers'],
};

/** For people: `2 signatures, 1 attestation and 1 SBOM`; `none` if there are none. */
export function attachmentsText(counts: AttachmentCounts): string {
  const parts = ATTACHMENT_KINDS.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count === 0 ? [] : [`${count} ${NOUNS[kind][count === 1 ? 0 : 1]}`];
  });
  const last = parts.pop();
  if (last === undefined) return 'none';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
