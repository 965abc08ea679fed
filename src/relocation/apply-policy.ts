import { verifyBytes } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { readBytes } from '../oci/read-content.ts';
import { formatReference, parseDigestReference } from '../oci/reference.ts';
import { attachmentOf } from '../carvel/attachment-kind.ts';
import { Gate, MAX_SIGNATURE } from '../trust/gate.ts';
import type { BlobReader, JudgedImage, Verdict } from '../trust/gate.ts';
import { trustError } from '../trust/errors.ts';
import { loadPolicy } from '../trust/policy.ts';
import type { PolicySummary, PlanSummary } from './plan/plan-summary.ts';
import type { RelocationPlan } from './plan/plan.ts';
import type { RelocationOptions } from './request/request.ts';
import type { RelocationSource, SourceItem } from './source.ts';

/** Refused images that an error or a warning names. */
const NAMED = 5;

/**
 * Judges every image of a plan by the policy of the options, if there is one. Signatures and other attachments are not
 * judged: they are what the images are judged by. A subset is judged by the bundle that it was made of. Writes nothing and contacts only the source.
 * @throws trust.policy-unreadable, trust.policy-invalid
 */
export async function applyPolicy(
  plan: RelocationPlan,
  source: RelocationSource,
  { policy: path, policyMode: mode = 'enforce' }: RelocationOptions,
  signal: AbortSignal,
): Promise<RelocationPlan> {
  if (path === undefined) return plan;
  const policy = await loadPolicy(path);
  const { items, evidence = [], root, original } = plan.content;
  const gate = new Gate(policy, evidence, readerOf(source));
  const judged = items.filter(({ image, tag }) => attachmentOf(image.node.bytes, tag) === undefined);
  // Nobody else can have signed a subset: it was made here, of the bundle that counts.
  const counts = (item: SourceItem): SourceItem =>
    original !== undefined && item.image.node.digest === root?.image.node.digest ? original : item;
  const verdicts = merged(judged, await gate.judge(judged.map(counts).map(judgedImage), signal));
  const images = plan.view.images.map((image) => {
    const verdict = verdicts.get(image.digest);
    return verdict === undefined ? image : { ...image, verdict };
  });
  const all = [...verdicts.values()];
  const refused = all.filter(({ admitted }) => !admitted).length;
  const summary: PolicySummary = { path, mode, judged: all.length, refused };
  const view: PlanSummary = { ...plan.view, images, policy: summary };
  const warning = mode === 'warn' && refused > 0 ? [`${refusal(view)?.message}`] : [];
  return { ...plan, view: { ...view, warnings: [...view.warnings, ...warning] } };
}

/** The error for a plan with images that its policy does not admit; undefined if there are none. */
export function refusal({ images, policy }: PlanSummary): Error | undefined {
  if (policy === undefined || policy.refused === 0) return undefined;
  const refused = images.filter(({ verdict }) => verdict?.admitted === false);
  const lines = refused.slice(0, NAMED).map(({ reference, verdict }) => `${reference}: ${verdict?.reasons.join('; ')}`);
  const more = refused.length > NAMED ? [`and ${refused.length - NAMED} more`] : [];
  return trustError('refused', {
    path: policy.path,
    count: policy.refused,
    total: policy.judged,
    reasons: [...lines, ...more].join(', '),
  });
}

function judgedImage({ image, tag, origRef }: SourceItem): JudgedImage {
  return {
    image,
    ...(tag === undefined ? {} : { tag }),
    ...(origRef === undefined ? {} : { name: parseDigestReference(origRef) }),
  };
}

/** An image under several names is admitted only if it is admitted under each. */
function merged(items: readonly SourceItem[], verdicts: readonly Verdict[]): Map<Digest, Verdict> {
  const byDigest = new Map<Digest, Verdict>();
  for (const [index, verdict] of verdicts.entries()) {
    const digest = items[index]?.image.node.digest;
    if (digest === undefined) continue;
    const before = byDigest.get(digest);
    byDigest.set(digest, before === undefined ? verdict : both(before, verdict));
  }
  return byDigest;
}

function both(one: Verdict, other: Verdict): Verdict {
  const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
  return {
    admitted: one.admitted && other.admitted,
    scope: one.admitted ? other.scope : one.scope,
    signers: distinct([...one.signers, ...other.signers]),
    reasons: distinct([...one.reasons, ...other.reasons]),
  };
}

function readerOf(source: RelocationSource): BlobReader {
  return async (place, descriptor, signal) => {
    const cached = source.cached(descriptor.digest);
    if (cached !== undefined) return cached;
    const { body, where } = await source.openBlob({ descriptor, place }, { lane: 'small', signal });
    const bytes = await readBytes(body, MAX_SIGNATURE, 'The signature', formatReference(place));
    verifyBytes(bytes, descriptor.digest, where);
    return bytes;
  };
}
