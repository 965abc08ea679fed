import { AirgapError } from '../../base/errors.ts';
import { array, parseJson, record, wholeNumber } from '../../base/json.ts';
import { digestOf, DigestVerifier, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { OCI_MANIFEST } from '../../oci/media-types.ts';
import { formatReference } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { relocationError } from '../errors.ts';
import { builtBlob } from '../registry/registry-destination.ts';
import { uploadBlob } from '../upload/upload.ts';
import { formatJobPlan, parseJobPlan } from './job-plan.ts';
import type { JobPlan } from './job-plan.ts';

const CONFIG = 'application/vnd.carvel.airgap.job-plan.config.v1+json';
const LAYER = 'application/vnd.carvel.airgap.job-plan.v1+json+gzip';
/** Bytes of a gzipped plan. */
const LIMIT = 64 * 1024 * 1024;

/** The tag of a Job's plan, which lists of tags leave out because of its ending. */
export function jobPlanTag(job: string): string {
  return `${job}.imgpkg`;
}

/**
 * Stores a plan as an artifact in the repository that it fills.
 * @returns its reference
 */
export async function pushJobPlan(
  plan: JobPlan,
  job: string,
  { registry, path }: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<DigestReference> {
  const [reader, writer] = [registries.client(registry), registries.writer(registry)];
  const put = async (bytes: Buffer, mediaType: string): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    const isThere = (stop: AbortSignal) => reader.hasBlob(path, descriptor.digest, stop);
    const readBack = async (stop: AbortSignal) =>
      void (await readBlob(descriptor, { registry, path }, registries, stop));
    const target = { uploads: writer.uploads, path, isThere, readBack, inMemory: { expectMissing: true } };
    await uploadBlob(target, builtBlob(descriptor, bytes, 'the plan of the Job'), signal);
    return descriptor;
  };
  const config = await put(Buffer.from('{}'), CONFIG);
  const layer = await put(formatJobPlan(plan), LAYER);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }));
  await writer.putManifest(path, jobPlanTag(job), manifest, OCI_MANIFEST, signal);
  return { registry, path, digest: digestOf(manifest) };
}

/** @throws relocation.job-plan-invalid, and the errors of reading from a registry */
export async function readJobPlan(
  place: DigestReference,
  registries: Registries,
  signal: AbortSignal,
): Promise<JobPlan> {
  const where = formatReference(place);
  const { bytes } = await registries.client(place.registry).getManifest(place.path, place.digest, signal);
  const { mediaType, digest, size } = record(array(record(parseJson(bytes))['layers'])[0]);
  const bytesOfLayer = wholeNumber(size);
  if (mediaType !== LAYER || !isDigest(digest) || bytesOfLayer === undefined || bytesOfLayer > LIMIT) {
    throw relocationError('job-plan-invalid', { where, reason: 'it is no plan of a Job' });
  }
  return parseJobPlan(await readBlob({ digest, size: bytesOfLayer }, place, registries, signal), where);
}

/** Deletes a plan, unless the registry does not allow it. */
export async function deleteJobPlan(
  job: string,
  { registry, path }: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<void> {
  try {
    const head = await registries.client(registry).headManifest(path, jobPlanTag(job), signal);
    if (head !== undefined) await registries.deleteManifest(registry, path, head.digest, signal);
  } catch (error) {
    // A few kilobytes stay behind under an internal tag, which the next Job for the same request moves.
    if (!(error instanceof AirgapError)) throw error;
  }
}

async function readBlob(
  identity: { readonly digest: Digest; readonly size: number },
  { registry, path }: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<Buffer> {
  const { body, where } = await registries.client(registry).openBlob(path, identity, { lane: 'small', signal });
  const verifier = new DigestVerifier(identity.digest);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    verifier.update(chunk);
    chunks.push(chunk);
  }
  verifier.verify(where);
  return Buffer.concat(chunks);
}
