import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Bandwidth } from '../../base/bandwidth.ts';
import { formatCount } from '../../base/format.ts';
import { Limiter } from '../../base/limiter.ts';
import { forEachParallel, LinkedAbort } from '../../base/parallel.ts';
import { printable } from '../../base/printable.ts';
import { timeStamp } from '../../base/time-stamp.ts';
import { VERSION } from '../../base/version.ts';
import { attachmentOf } from '../../carvel/attachment-kind.ts';
import type { Digest } from '../../oci/digest.ts';
import type { OpenBlobOptions } from '../../oci/open-blob.ts';
import { formatReference } from '../../oci/reference.ts';
import { LayoutFolderDestination } from '../archive/layout-folder-destination.ts';
import { relocationError } from '../errors.ts';
import type { RelocationListener } from '../events.ts';
import { planBlobs } from '../plan/plan.ts';
import type { RelocationPlan } from '../plan/plan.ts';
import { summarizePlan } from '../plan/summarize-plan.ts';
import type { PlannedBlob } from '../plan/summarize-plan.ts';
import type { Lanes } from '../blob-copier.ts';
import { runPlan } from '../run.ts';
import type { OpenedBlob, RelocationSource, SourceItem } from '../source.ts';
import { runScanner } from './run-scanner.ts';
import type { ScannerRun } from './run-scanner.ts';

/** Image layouts on disk at once: the one that is scanned, and the next one. */
const LAYOUTS = 2;
/** Refused images that an error names. */
const NAMED = 5;
/** Exit codes of a shell that cannot run the command, so that it would fail for every image. */
const NOT_RUN = new Set([126, 127]);

/** What a command said about an image. */
export interface ScanResult extends ScannerRun {
  /** Duration of the command. */
  readonly seconds: number;
}

export interface ScanOptions {
  /** For the shell; see runScanner. */
  readonly command: string;
  readonly plan: RelocationPlan;
  readonly source: RelocationSource;
  /** Reads what only the destination has: the layers that a delta omits. */
  readonly openAtDestination: (blob: PlannedBlob, options: OpenBlobOptions) => Promise<OpenedBlob>;
  readonly lanes: Lanes;
  readonly bandwidth: Bandwidth;
  readonly onEvent: RelocationListener;
  readonly signal: AbortSignal;
}

/**
 * Hands each image that the destination does not have to a command, as an OCI image layout in a temporary folder. Reads
 * from the source and writes nothing to the destination. The commands run one after the other, because scanners lock
 * their databases; the next layout is written meanwhile.
 * @returns the results by digest; all of them have exit code 0
 * @throws relocation.scan-refused when every image was scanned, relocation.scan-not-run at once
 */
export async function scanImages(options: ScanOptions): Promise<ReadonlyMap<Digest, ScanResult>> {
  const { command, plan, onEvent, signal } = options;
  const items = newImages(plan);
  onEvent({
    type: 'phase',
    phase: 'scan',
    detail: `${formatCount(items.length, 'image')} with ${printable(command, 200)}`,
  });
  const layouts = new Limiter(LAYOUTS);
  const commands = new Limiter(1);
  const results = new Map<Digest, ScanResult>();
  const linked = new LinkedAbort(signal);
  await forEachParallel(items, linked.signal, (item, stop) =>
    layouts.run(stop, async () => {
      const { node, place } = item.image;
      const reference = formatReference(place);
      const judge = async (layout: string): Promise<void> => {
        const result = await scan(command, { layout, reference, kind: item.image.kind }, stop);
        const { exitCode, output } = result;
        results.set(node.digest, result);
        onEvent({ type: 'scan', image: reference, exitCode, output });
        if (NOT_RUN.has(exitCode)) {
          // The next command would start before this one's layout is removed.
          linked.abort();
          throw relocationError('scan-not-run', { command, exitCode, reason: lastLine(output) });
        }
      };
      await withLayout(item, { ...options, signal: stop }, (layout) => commands.run(stop, () => judge(layout)));
    }),
  ).finally(() => linked.dispose());
  const refused = items.filter(({ image }) => results.get(image.node.digest)?.exitCode !== 0);
  if (refused.length === 0) return results;
  const lines = refused.slice(0, NAMED).map(({ image }) => {
    const { exitCode = 0, output = '' } = results.get(image.node.digest) ?? {};
    return `${formatReference(image.place)}: exit code ${exitCode}${output === '' ? '' : `, ${lastLine(output)}`}`;
  });
  const more = refused.length > NAMED ? [`and ${refused.length - NAMED} more`] : [];
  throw relocationError('scan-refused', {
    command,
    count: refused.length,
    total: items.length,
    reasons: [...lines, ...more].join('; '),
  });
}

/** Each digest once; signatures and other attachments are not scanned. */
function newImages({ content, present }: RelocationPlan): SourceItem[] {
  const images = new Map<Digest, SourceItem>();
  for (const item of content.items) {
    const { image, tag } = item;
    if (present.has(item) || attachmentOf(image.node.bytes, tag) !== undefined) continue;
    if (!images.has(image.node.digest)) images.set(image.node.digest, item);
  }
  return [...images.values()];
}

async function scan(
  command: string,
  { layout, reference, kind }: { layout: string; reference: string; kind: string },
  signal: AbortSignal,
): Promise<ScanResult> {
  const began = performance.now();
  const variables = {
    CARVEL_AIRGAP_LAYOUT: layout,
    CARVEL_AIRGAP_IMAGE: reference,
    CARVEL_AIRGAP_KIND: kind,
  };
  const result = await runScanner(command, variables, signal);
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

/** Writes an image to a layout, which is removed after its use. It lists only that image, because scanners take one. */
async function withLayout<Result>(
  { image }: SourceItem,
  { plan, source, openAtDestination, lanes, bandwidth, onEvent, signal }: ScanOptions,
  use: (layout: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-scan-'));
  const layout = join(folder, 'layout');
  const destination = new LayoutFolderDestination(layout, {
    tool: `carvel-airgap ${VERSION}`,
    time: timeStamp(),
    openSigner: undefined,
  });
  try {
    const { includeNonDistributable } = plan;
    const choice = { includeNonDistributable, omitted: new Set<Digest>() };
    const content = { items: [{ image }], bundles: [] };
    const present = new Set<SourceItem>();
    const blobs = planBlobs(content, present, destination, choice);
    const parts = { content, present, blobs, currentTags: new Map<string, Digest>(), ...choice };
    const words = { source: source.description, destination: layout };
    const sizes = { exact: true, bytesOnDisk: undefined, bytesInFull: undefined, isFile: true };
    const from = completed(source, plan, openAtDestination);
    await destination.check(content, from, choice);
    await runPlan({
      plan: { ...parts, view: summarizePlan(parts, { ...words, ...sizes }) },
      source: from,
      destination,
      lanes,
      bandwidth,
      onEvent: (event) => {
        if (event.type === 'retry') onEvent(event);
      },
      signal,
      keepGoing: false,
    });
    await destination.close();
    return await use(layout);
  } finally {
    await destination.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The source, together with what only the destination has. */
function completed(
  source: RelocationSource,
  { blobs }: RelocationPlan,
  openAtDestination: ScanOptions['openAtDestination'],
): RelocationSource {
  return {
    description: source.description,
    isLocal: source.isLocal,
    exportManifest: undefined,
    signer: undefined,
    discover: (signal) => source.discover(signal),
    cached: (digest) => source.cached(digest),
    openBlob: (blob, options) => {
      const planned = blobs.get(blob.descriptor.digest);
      const isAway = planned !== undefined && source.lacks(blob.descriptor.digest);
      return isAway ? openAtDestination(planned, options) : source.openBlob(blob, options);
    },
    lacks: () => false,
    foreignUrls: (blob, signal) => source.foreignUrls(blob, signal),
    currentDigest: () => Promise.resolve(undefined),
    mountFrom: () => undefined,
    close: () => Promise.resolve(),
  };
}

function lastLine(output: string): string {
  return output.slice(output.lastIndexOf('\n') + 1);
}
