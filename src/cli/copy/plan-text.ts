import { formatBytes, formatCount, formatSeconds } from '../../base/format.ts';
import { attachmentsText, totalOf } from '../../carvel/attachment-kind.ts';
import { printable } from '../../base/printable.ts';
import type {
  AttachmentSummary,
  PlannedBlobSummary,
  PlannedTag,
  PlanSummary,
  PlanTotals,
} from '../../relocation/plan/plan-summary.ts';
import { SWITCHES } from './request.ts';
import { plannedSubsetLines } from './subset-text.ts';
import type { RelocationOptions } from '../../relocation/request/request.ts';
import { formatTable } from '../output/table.ts';
import type { Table } from '../output/table.ts';

const ACTIONS = { copy: 'copy', present: 'already there', mount: 'try to mount', skip: 'skip', omit: 'omit' } as const;

/**
 * A plan for people: images, blobs, totals, tags and options.
 * @param columns table columns to show; empty for all
 */
export function planText(view: PlanSummary, options: RelocationOptions, columns: readonly string[]): string {
  const flags = optionTexts(options);
  const { totals, base, subset } = view;
  const upTo = view.exact ? '' : 'up to ';
  const lines = [
    `Plan: ${view.source} to ${view.destination}`,
    ...(flags.length === 0 ? [] : [`Options: ${flags.join(' ')}`]),
    formatTable(itemsTable(view), columns),
    ...(subset === undefined ? [] : plannedSubsetLines(subset)),
    imagesText(view),
    ...attachmentLines(view.attachments),
    ...policyLines(view),
    ...view.missing.map(({ reference, reason }) => `Missing at the source: ${reference}: ${reason}`),
    `${formatCount(totals.blobs, 'blob')}: ${totals.blobsToCopy} to copy`,
    `${upTo}${formatBytes(totals.bytesToCopy)} of ${formatBytes(totals.bytes)} to copy`,
    ...(totals.secondsExpected === undefined
      ? []
      : [`Estimated time: ${formatSeconds(Math.max(1, totals.secondsExpected))}`]),
    ...(totals.bytesOnDisk === undefined ? [] : [`Disk needed for the tar: ${diskText(totals)}`]),
    ...(base === undefined ? [] : [`Delta since ${base.name} (${base.digest})`]),
    ...signerText(view),
    ...view.tags.map(tagText),
  ];
  return lines.join('\n');
}

/** Who signed what is imported; nothing if nobody did. */
export function signerText({ signer }: Pick<PlanSummary, 'signer'>): string[] {
  if (signer === undefined) return [];
  const { name, fingerprint, isTrusted, by } = signer;
  const key = fingerprint === undefined || fingerprint === name ? '' : ` (${fingerprint})`;
  const checked = isTrusted ? '' : ', not compared with a key';
  return [`Signed by ${printable(name)}${key}${checked}${by === undefined ? '' : `, for ${printable(by)}`}`];
}

function imagesText({ totals: { images, imagesToCopy }, missing }: PlanSummary): string {
  const gone = missing.length === 0 ? '' : `, ${missing.length} missing at the source`;
  return `${formatCount(images + missing.length, 'image')}: ${imagesToCopy} to copy, ${images - imagesToCopy} already there${gone}`;
}

/** What is signed, and what is copied with it; what stays behind is a warning. */
export function attachmentLines({ images, signed, carried }: AttachmentSummary): string[] {
  return [
    ...(signed === 0 ? [] : [`${signed} of ${formatCount(images, 'image')} signed`]),
    ...(totalOf(carried) === 0 ? [] : [`${attachmentsText(carried)} copied along`]),
  ];
}

/** What the policy says, and why it refuses images. */
export function policyLines({ policy, images }: Pick<PlanSummary, 'policy' | 'images'>): string[] {
  if (policy === undefined) return [];
  const { path, judged, refused } = policy;
  return [
    `Policy ${path}: ${judged - refused} of ${judged} images admitted`,
    ...images.flatMap(({ reference, verdict }) =>
      verdict?.admitted === false ? [`Not admitted: ${reference}: ${verdict.reasons.join('; ')}`] : [],
    ),
  ];
}

function diskText({ bytesOnDisk = 0, bytesInFull }: PlanTotals): string {
  const size = formatBytes(bytesOnDisk);
  return bytesInFull === undefined ? size : `${size} (${formatBytes(bytesInFull)} without --since)`;
}

/** The options as flags. */
function optionTexts(options: RelocationOptions): string[] {
  const switches = Object.entries(SWITCHES) as [keyof typeof SWITCHES, string][];
  const {
    toTag,
    since,
    packages = [],
    platforms = [],
    sign,
    signedBy,
    volumeSize,
    resume,
    policy,
    policyMode,
    beforeTag,
  } = options;
  return [
    ...switches.filter(([option]) => options[option] === true).map(([, flag]) => `--${flag}`),
    ...(toTag === undefined ? [] : [`--to-tag=${toTag}`]),
    ...(policy === undefined ? [] : [`--policy=${policy}`]),
    ...(policyMode === undefined ? [] : [`--policy-mode=${policyMode}`]),
    ...(beforeTag === undefined ? [] : [`--before-tag=${printable(beforeTag)}`]),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...packages.map((choice) => `--package=${choice}`),
    ...platforms.map((platform) => `--platform=${platform}`),
    ...(sign === undefined ? [] : [`--sign=${sign}`]),
    ...(signedBy === undefined ? [] : [`--signed-by=${signedBy}`]),
    ...(volumeSize === undefined ? [] : [`--volume-size=${volumeSize}`]),
    ...(resume === undefined ? [] : [`--resume=${resume}`]),
  ];
}

function itemsTable({ images, blobs = [] }: PlanSummary): Table {
  return {
    columns: [{ title: 'Image' }, { title: 'Kind' }, { title: 'Size', align: 'right' }, { title: 'Action' }],
    rows: [
      ...images.map(({ reference, kind, bytes, action }) => [reference, kind, formatBytes(bytes), ACTIONS[action]]),
      ...blobs.map((blob) => [blob.digest, 'blob', formatBytes(blob.bytes), blobAction(blob)]),
    ],
  };
}

function blobAction({ action, urls }: PlannedBlobSummary): string {
  if (urls === undefined) return ACTIONS[action];
  const hosts = new Set(urls.map((url) => (URL.canParse(url) ? new URL(url).host : 'an unusable URL')));
  return `${ACTIONS[action]} from ${[...hosts].join(' or ')}`;
}

function tagText({ name, digest, current, isIncomplete }: PlannedTag): string {
  if (isIncomplete) return `The tag ${name} would not be set: an image of its bundle is missing at the source`;
  if (current === undefined) return `The tag ${name} would be created: ${digest}`;
  if (current === digest) return `The tag ${name} is up to date: ${digest}`;
  return `The tag ${name} would move from ${current} to ${digest}`;
}
