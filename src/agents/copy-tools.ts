import { lstat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

import { formatBytes, formatCount } from '../base/format.ts';
import type { JsonRecord } from '../base/json.ts';
import { defined } from '../base/json.ts';
import type { PlannedRelocation } from '../relocation/engine.ts';
import { planDocument } from '../relocation/plan/plan-document.ts';
import { isMoving } from '../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../relocation/report/report.ts';
import type { RelocationRequest, RelocationSourceSpec } from '../relocation/request/request.ts';
import { agentText } from './bounded.ts';
import { agentError } from './errors.ts';
import { Input, inputSchema, listSchema, textSchema } from './input.ts';
import { planDigest } from './plan-digest.ts';
import { outputSchema } from './tool.ts';
import type { AgentBackend, AgentCall, AgentTool, JsonSchema } from './tool.ts';

const SOURCES = ['any', 'bundle', 'image', 'lock', 'tar', 'oci'] as const;
const DESTINATIONS = ['repository', 'tar'] as const;
const REQUEST = {
  source: textSchema('A reference, or the absolute path of a file'),
  sourceKind: {
    type: 'string',
    enum: [...SOURCES],
    description: 'Default: any, a reference of a bundle or image. lock, tar and oci (an OCI image layout) are files',
  },
  destination: textSchema('registry.example/path, or the absolute path of a tar that does not exist yet'),
  destinationKind: { type: 'string', enum: [...DESTINATIONS], description: 'Default: repository' },
  toTag: textSchema("The tag at the destination. Default: the source's"),
  packages: listSchema('Only these Packages of a PackageRepository bundle: NAME or NAME@CONSTRAINT'),
  platforms: listSchema('Between registries: only these platforms of indexes, such as linux/amd64'),
  cosignSignatures: { type: 'boolean', description: 'Also copy cosign signatures' },
  referrers: { type: 'boolean', description: 'Also copy all attachments: signatures, attestations, SBOMs' },
  policy: textSchema('The absolute path of a policy.json that every image must meet'),
};
const DIGEST = {
  type: 'string',
  description: 'Identifies exactly this plan; copy takes it.',
  pattern: '^sha256:[0-9a-f]{64}$',
};

export const planTool: AgentTool = {
  name: 'plan',
  title: 'Plan a copy',
  description:
    'Shows what a copy of a bundle or image, with all images that it needs, would do: images, sizes, tags that would be created or moved. Copies nothing. The digest of the answer identifies exactly this plan.',
  isReadOnly: true,
  inputSchema: inputSchema(REQUEST, ['source', 'destination']),
  outputSchema: outputSchema(
    ['Plan'],
    {
      source: { type: 'object' },
      destination: { type: 'object' },
      images: { type: 'array', items: { type: 'object' } },
      tags: { type: 'array', items: { type: 'object' } },
      totals: { type: 'object' },
    },
    { digest: DIGEST },
  ),
  async run(values, backend, call) {
    const request = await requestOf('plan', planTool.inputSchema, values);
    const planned = await makePlan(request, backend, call);
    await planned.close();
    const { view } = planned;
    const { blobs: _, ...document } = planDocument(view, request) as { blobs: unknown };
    return { summary: planSummary(view), digest: planDigest(view, request), document };
  },
};

export const copyTool: AgentTool = {
  name: 'copy',
  title: 'Copy what was planned',
  description:
    'Copies what plan showed, after a person has confirmed it. Takes the same input as plan, and its digest. Plans again, and copies nothing if the plan is no longer exactly the same.',
  isReadOnly: false,
  inputSchema: inputSchema({ ...REQUEST, digest: DIGEST }, ['source', 'destination', 'digest']),
  outputSchema: outputSchema(['Report'], {
    destination: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    failed: { type: 'array', items: { type: 'object' } },
    images: { type: 'object' },
    bytes: { type: 'object' },
  }),
  async run(values, backend, call) {
    const { planned, request } = await confirmedPlan(values, backend, call);
    const report = await backend.copy(planned, request, call);
    return { summary: reportSummary(report), document: reportDocument(report) };
  },
};

/** A plan for a person to confirm, and what runs it. */
export interface ConfirmedPlan {
  readonly planned: PlannedRelocation;
  readonly request: RelocationRequest;
  readonly digest: string;
}

/**
 * Plans the input of copy again.
 * @throws agent.plan-changed if the plan is not the one with this digest
 */
export async function confirmedPlan(
  values: JsonRecord,
  backend: AgentBackend,
  call: AgentCall,
): Promise<ConfirmedPlan> {
  const expected = new Input('copy', copyTool.inputSchema, values).needed('digest');
  const request = await requestOf('copy', copyTool.inputSchema, values);
  const planned = await makePlan(request, backend, call);
  const digest = planDigest(planned.view, request);
  if (digest === expected) return { planned, request, digest };
  await planned.close();
  throw agentError('plan-changed', { actual: digest, expected });
}

/** What a person is asked to confirm: plain text, one fact per line. Names come from registries, so they are quoted. */
export function confirmationLines(
  { planned: { view }, digest }: ConfirmedPlan,
  hide: (text: string) => string,
): string[] {
  const quoted = (text: string): string => `“${agentText(text, hide)}”`;
  const moving = view.tags.filter(isMoving);
  const shown = moving.slice(0, 10).map(({ name, current = '' }) => `${quoted(name)} (now ${current})`);
  const more = moving.length > shown.length ? ` and ${moving.length - shown.length} more` : '';
  return [
    `From: ${quoted(view.source)}`,
    `To: ${quoted(view.destination)}`,
    planSummary(view),
    ...(moving.length === 0 ? [] : [`Tags that will move: ${shown.join(', ')}${more}`]),
    ...(view.root === undefined ? [] : [`Content: ${view.root.digest}`]),
    `Plan: ${digest}`,
  ];
}

async function makePlan(
  request: RelocationRequest,
  { engine }: AgentBackend,
  { signal, progress }: AgentCall,
): Promise<PlannedRelocation> {
  progress('Planning', 0);
  return engine.plan(request, {
    depth: 'show',
    signal,
    onEvent: (event) => {
      if (event.type === 'phase' && event.phase === 'plan') progress('Comparing with the destination', 1);
    },
  });
}

/** @throws agent.input-invalid, agent.file-name */
async function requestOf(tool: string, schema: JsonSchema, values: JsonRecord): Promise<RelocationRequest> {
  const input = new Input(tool, schema, values);
  const destination = input.needed('destination');
  const isTar = input.oneOf('destinationKind', DESTINATIONS, 'repository') === 'tar';
  if (isTar) {
    // A person who confirms a plan should not have to notice that a file is replaced.
    const isThere = await lstat(destination).then(
      () => true,
      () => false,
    );
    if (isThere || !destination.endsWith('.tar') || !isAbsolute(destination)) {
      throw agentError('file-name', { path: destination });
    }
  }
  const [packages, platforms] = [input.list('packages'), input.list('platforms')];
  const flags = (['cosignSignatures', 'referrers'] as const).filter((name) => input.isOn(name));
  return {
    source: sourceOf(input),
    destination: isTar ? { kind: 'archive', path: destination } : { kind: 'repository', repository: destination },
    options: {
      ...defined({ toTag: input.text('toTag'), policy: input.text('policy') }),
      ...(packages.length === 0 ? {} : { packages }),
      ...(platforms.length === 0 ? {} : { platforms }),
      ...Object.fromEntries(flags.map((name) => [name, true])),
    },
  };
}

function sourceOf(input: Input): RelocationSourceSpec {
  const source = input.needed('source');
  const kind = input.oneOf('sourceKind', SOURCES, 'any');
  if (kind === 'any' || kind === 'bundle' || kind === 'image') return { kind, reference: source };
  if (kind === 'lock') return { kind, path: source };
  return kind === 'tar' ? { kind: 'archive', path: source } : { kind: 'archive', path: source, format: 'oci' };
}

function planSummary({ totals, tags, missing, exact, policy }: PlanSummary): string {
  const { images, imagesToCopy, bytesToCopy } = totals;
  const [created, moved] = [tags.filter(({ current }) => current === undefined).length, tags.filter(isMoving).length];
  return [
    `${imagesToCopy} of ${formatCount(images, 'image')} to copy, ${exact ? '' : 'up to '}${formatBytes(bytesToCopy)}`,
    `tags to create: ${created}, to move: ${moved}`,
    ...(missing.length === 0 ? [] : [`missing at the source: ${missing.length}`]),
    ...(policy === undefined ? [] : [`refused by the policy: ${policy.refused}`]),
  ].join('; ');
}

function reportSummary({ images, failed, bytes, tags }: RelocationReport): string {
  return `${formatCount(images.total, 'image')}: ${images.copied} copied, ${images.present} already there, ${failed.length} not copied; ${formatBytes(bytes.copied)} copied; ${formatCount(tags.length, 'tag')} set.`;
}

/** What an agent needs of a report; the images are those of the plan. */
export function reportDocument(report: RelocationReport): object {
  const { source, destination, root, images, blobs, bytes, seconds, tags, tagsNotSet, warnings, failed } = report;
  return {
    kind: 'Report',
    source,
    destination,
    root,
    images,
    blobs,
    bytes,
    seconds,
    tags,
    tagsNotSet,
    failed,
    warnings,
  };
}
