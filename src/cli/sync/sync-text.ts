import { formatBytes, formatCount } from '../../base/format.ts';
import type { CombinedPlan } from '../../relocation/plan/combined-plan.ts';
import { isMoving } from '../../relocation/plan/plan-summary.ts';
import type { PlannedTag } from '../../relocation/plan/plan-summary.ts';
import { countStates } from '../../sync/sync-document.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import { errorText } from '../output/console.ts';

/** One entry at one destination for people: its state, and below it what was copied, or what is wrong. */
export function resultText(result: SyncResult): string {
  const { entry, line, state, plan, report, error } = result;
  const lines: string[] = [];
  if (state === 'current') lines.push(`up to date: ${targetText(result)}`);
  if (state === 'outdated') {
    const { imagesToCopy = 0, bytesToCopy = 0 } = plan?.totals ?? {};
    lines.push(
      `out of date: ${targetText(result)}, ${formatCount(imagesToCopy, 'image')} to copy, ${formatBytes(bytesToCopy)}`,
    );
    lines.push(
      ...(plan?.missing ?? []).map(({ reference, reason }) => `missing at the source: ${reference}: ${reason}`),
    );
    lines.push(...(plan?.tags ?? []).filter(isMoving).map((tag) => movingText(tag, 'would move')));
  }
  if (state === 'synced' && report !== undefined) {
    const { images, bytes } = report;
    lines.push(
      `synced: ${targetText(result)}, ${images.copied} of ${formatCount(images.total, 'image')} copied, ${formatBytes(bytes.copied)}`,
    );
    lines.push(...(plan?.tags ?? []).filter(isMoving).map((tag) => movingText(tag, 'moved')));
  }
  if (state === 'stopped') lines.push(`stopped: ${targetText(result)}`);
  if (state === 'failed') {
    const failed = report?.failed ?? [];
    lines.push(
      `failed: ${targetText(result)}${failed.length === 0 ? '' : `, ${formatCount(failed.length, 'image')} not copied`}`,
    );
    lines.push(...failed.map(({ reference, reason }) => `${reference}: ${reason}`));
    if (error !== undefined)
      lines.push(
        ...errorText(error)
          .replace(/^carvel-airgap: Error: /, '')
          .split('\n')
          .map((each) => each.trim()),
      );
    lines.push(`The entry is in line ${line} of the file`);
  }
  const warnings = report?.warnings ?? plan?.warnings ?? [];
  const [first = '', ...more] = [...lines, ...warnings.map((text) => `Warning: ${text}`)];
  return [`${entry}: ${first}`, ...more.map((each) => `  ${each}`)].join('\n');
}

function targetText({ source, digest, destination, tag }: SyncResult): string {
  const target = tag === undefined ? destination : `${destination}:${tag}`;
  return source === undefined ? target : `${source} (${digest}) in ${target}`;
}

function movingText({ name, digest, current }: PlannedTag, moves: string): string {
  return `The tag ${name} ${moves} from ${current} to ${digest}`;
}

/** The plan of everything together. */
export function combinedText({ totals, exact }: CombinedPlan): string {
  const upTo = exact ? '' : 'up to ';
  return `Total: ${formatCount(totals.imagesToCopy, 'image')} and ${formatCount(totals.blobsToCopy, 'blob')} to copy, ${upTo}${formatBytes(totals.bytesToCopy)}`;
}

/** How many entries have which state. */
export function statesText(results: readonly SyncResult[]): string {
  const { current, outdated, synced, failed, stopped } = countStates(results);
  const parts = [
    [synced, 'synced'],
    [current, 'up to date'],
    [outdated, 'out of date'],
    [failed, 'failed'],
    [stopped, 'stopped'],
  ] as const;
  const named = parts.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  return named.length === 0 ? 'The file has no entries' : named.join(', ');
}
