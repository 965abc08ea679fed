import { isRecord, parseJson } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { formatReference } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { relocationError } from '../errors.ts';
import { deleteArtifact, pushArtifact, readArtifact } from '../registry/small-artifact.ts';
import type { ArtifactKind } from '../registry/small-artifact.ts';
import { unlessHidden } from '../registry/unless-hidden.ts';
import { formatJobPlan, parseJobPlan } from './job-plan.ts';
import type { JobPlan } from './job-plan.ts';

const PLAN: ArtifactKind = {
  config: 'application/vnd.carvel.airgap.job-plan.config.v1+json',
  layer: 'application/vnd.carvel.airgap.job-plan.v1+json+gzip',
  what: 'the plan of the Job',
};
const NOTE: ArtifactKind = {
  config: 'application/vnd.carvel.airgap.job-note.config.v1+json',
  layer: 'application/vnd.carvel.airgap.job-note.v1+json',
  what: 'a note of the Job',
};

/** A Job, and the repository with its plan. */
export interface JobPlace {
  readonly repository: Repository;
  readonly name: string;
  /** Of the Job, so that the notes of an earlier one with the same name are not taken for its own. */
  readonly uid: string;
}

/** What the pods of a Job write for each other and for the driver, because they have no rights in the cluster. */
export type NoteName = 'results' | `failed-${number}`;

/** The tag of a Job's plan, which lists of tags leave out because of its ending. */
export function jobPlanTag(job: string): string {
  return `${job}.imgpkg`;
}

function noteTag(job: string, note: NoteName): string {
  return `${job}.${note}.imgpkg`;
}

/**
 * Stores a plan as an artifact in a repository that it fills.
 * @returns its reference
 */
export function pushJobPlan(
  plan: JobPlan,
  job: string,
  repository: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<DigestReference> {
  return pushArtifact(PLAN, formatJobPlan(plan), repository, jobPlanTag(job), registries, signal);
}

/** @throws relocation.job-plan-invalid, and the errors of reading from a registry */
export async function readJobPlan(
  place: DigestReference,
  registries: Registries,
  signal: AbortSignal,
): Promise<JobPlan> {
  const where = formatReference(place);
  const artifact = await readArtifact(PLAN, place, place.digest, registries, signal);
  if (artifact === undefined) throw relocationError('job-plan-invalid', { where, reason: 'it is no plan of a Job' });
  return parseJobPlan(artifact.bytes, where);
}

export async function pushJobNote(
  { repository, name, uid }: JobPlace,
  note: NoteName,
  content: JsonRecord,
  registries: Registries,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify({ ...content, job: uid }));
  await pushArtifact(NOTE, bytes, repository, noteTag(name, note), registries, signal);
}

/** Undefined if this Job has not written it. Its content is untrusted. */
export async function readJobNote(
  { repository, name, uid }: JobPlace,
  note: NoteName,
  registries: Registries,
  signal: AbortSignal,
): Promise<JsonRecord | undefined> {
  const [{ registry, path }, tag] = [repository, noteTag(name, note)];
  const head = await unlessHidden(() => registries.client(registry).headManifest(path, tag, signal));
  if (head === undefined) return undefined;
  const artifact = await readArtifact(NOTE, repository, head.digest, registries, signal);
  const content = artifact && parseJson(artifact.bytes);
  return isRecord(content) && content['job'] === uid ? content : undefined;
}

/**
 * Deletes a plan and the notes of its Job, unless the registry does not allow it.
 * @param shares maximum number of shares; 0 for a Job that writes no notes
 */
export async function deleteJobPlan(
  job: string,
  shares: number,
  repository: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<void> {
  const notes: NoteName[] =
    shares === 0
      ? []
      : ['results' as const, ...Array.from({ length: shares }, (_, index) => `failed-${index}` as const)];
  const tags = [jobPlanTag(job), ...notes.map((note) => noteTag(job, note))];
  await Promise.all(tags.map((tag) => deleteArtifact(repository, tag, registries, signal)));
}
