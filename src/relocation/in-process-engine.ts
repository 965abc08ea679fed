import { Bandwidth } from '../base/bandwidth.ts';
import { isAbort } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { defined } from '../base/json.ts';
import { LinkedAbort } from '../base/parallel.ts';
import { timeStamp } from '../base/time-stamp.ts';
import { VERSION } from '../base/version.ts';
import type { VerifyOptions } from '../carvel/archive/verification.ts';
import { hasPackagesFolder } from '../carvel/bundle.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, parseRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import { openSigner } from '../trust/signer.ts';
import { applyPolicy, refusal } from './apply-policy.ts';
import { ArchiveDestination } from './archive/archive-destination.ts';
import { readDeltaBase } from './archive/delta-base.ts';
import type { DeltaBase } from './archive/delta-base.ts';
import { checkPlatforms } from '../carvel/platforms.ts';
import type { HeldImages } from '../carvel/registry-image-reader.ts';
import { IMGPKG_TAR, OCI_LAYOUT } from './archive/archive-formats.ts';
import type { ExportOrigin } from './archive/describe-export.ts';
import { LayoutFolderDestination } from './archive/layout-folder-destination.ts';
import { ArchiveSource } from './archive/archive-source.ts';
import { verifyExport } from './archive/signed-export.ts';
import type { ExportVerification } from './archive/signed-export.ts';
import type { RelocationDestination } from './destination.ts';
import { discardInterrupted } from './discard.ts';
import type { EngineEnvironment, EngineOptions, PlannedRelocation, RelocationEngine, RunOptions } from './engine.ts';
import { describeArchivePackages, describePackages } from './describe.ts';
import { relocationError } from './errors.ts';
import type { PackageListing } from './packages/package-listing.ts';
import { EventRelay } from './event-relay.ts';
import type { RelocationListener } from './events.ts';
import { MeasuredRates, routeOf, withTime } from './measured-rates.ts';
import { makePlan } from './plan/plan.ts';
import type { RelocationPlan } from './plan/plan.ts';
import { manifestBytesToCopy } from './plan/summarize-plan.ts';
import { RegistryDestination } from './registry/registry-destination.ts';
import { RegistrySource } from './registry/registry-source.ts';
import { SentBlobs } from './registry/sent-blobs.ts';
import { withReceipt } from './report/receipt.ts';
import { lockOf } from './report/report-lock.ts';
import type { RelocationReport } from './report/report.ts';
import { sourceText } from './request/request.ts';
import type {
  PackageSource,
  PlanDepth,
  RelocationDestinationSpec,
  RelocationOptions,
  RelocationRequest,
  RelocationSourceSpec,
} from './request/request.ts';
import { findLock, findReference } from './registry/root-finders.ts';
import type { RootFinder } from './registry/root-finders.ts';
import { makeLanes, runPlan } from './run.ts';
import type { RunResult } from './run.ts';
import { scanImages } from './scan/scan-images.ts';
import type { ScanOptions, ScanResult } from './scan/scan-images.ts';
import type { RelocationSource, SourceBlob } from './source.ts';

/** Maximum number of concurrent small requests if no concurrency is configured. */
export const PARALLEL_REQUESTS = 32;

/** Runs relocations in this process. */
export class InProcessEngine implements RelocationEngine {
  readonly #environment: EngineEnvironment;
  readonly #bandwidth: Bandwidth;
  readonly #rates: MeasuredRates;
  readonly #sent: SentBlobs;

  constructor(environment: EngineEnvironment) {
    this.#environment = environment;
    this.#bandwidth = environment.bandwidth ?? new Bandwidth();
    this.#sent = environment.sent ?? new SentBlobs();
    this.#rates = new MeasuredRates(environment.stateFolder);
  }

  limitBandwidth(bytesPerSecond: number | undefined): void {
    this.#bandwidth.limit(bytesPerSecond);
  }

  async listPackages(source: PackageSource, { signal }: Pick<EngineOptions, 'signal'>): Promise<PackageListing> {
    if (source.kind === 'archive') return describeArchivePackages(source.path, signal);
    const { connection, credentials } = this.#environment;
    const registries = createRegistries(connection, credentials, 'source');
    try {
      return await describePackages(source.reference, registries, signal);
    } finally {
      await registries.close();
    }
  }

  verify(path: string, options: VerifyOptions): Promise<ExportVerification> {
    return verifyExport(path, options, this.#environment.requireSignature ?? []);
  }

  discard(destination: RelocationDestinationSpec, { signal }: Pick<EngineOptions, 'signal'>): Promise<void> {
    return discardInterrupted(destination, this.#environment, signal);
  }

  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<RelocationRun> {
    const onEvent = options.onEvent ?? (() => undefined);
    const relay = new EventRelay(onEvent);
    const destination = this.#destination(request, relay);
    const linked = new LinkedAbort(options.signal);
    let source: RelocationSource | undefined;
    try {
      destination.prepare?.(linked.signal);
      const held = this.#held(request, destination, options.depth);
      source = await this.#source(request, held, relay, linked.signal);
      onEvent({ type: 'phase', phase: 'resolve', detail: source.description });
      const base = await this.#base(request, relay, linked.signal);
      const planOptions = { depth: options.depth, base, signal: linked.signal };
      const made = await makePlan(source, destination, request.options ?? {}, planOptions);
      const way = routeOf(request, made);
      const timed = withTime(made, await this.#rates.find(way), this.#bandwidth.bytesPerSecond);
      const plan = await applyPolicy(timed, source, request.options ?? {}, linked.signal);
      const references = plan.content.items.map(({ image }) => formatReference(image.place));
      onEvent({ type: 'phase', phase: 'plan', detail: formatCount(plan.view.totals.images, 'image'), references });
      for (const text of plan.view.warnings) onEvent({ type: 'warning', text });
      const { connection, progressInterval } = this.#environment;
      const { concurrency } = connection;
      const bandwidth = this.#bandwidth;
      const measured = (bytes: number, seconds: number) => this.#rates.note(way, bytes, seconds);
      const environment = this.#environment;
      const shared = { concurrency, bandwidth, progressInterval, relay, measured, environment, sent: this.#sent };
      return new RelocationRun({ plan, source, destination, request, ...shared });
    } catch (error) {
      await Promise.all([source?.close(), destination.close()]);
      throw error;
    } finally {
      linked.dispose();
    }
  }

  /** Undefined if everything has to be read from the source, because more is asked for than whether images are present. */
  #held(
    { options = {} }: RelocationRequest,
    destination: RelocationDestination,
    depth: PlanDepth,
  ): HeldImages | undefined {
    if (!(destination instanceof RegistryDestination) || depth !== 'run') return undefined;
    const {
      repair,
      includeNonDistributable,
      cosignSignatures,
      referrers,
      policy,
      packages = [],
      platforms = [],
    } = options;
    const looksDeeper = [repair, includeNonDistributable, cosignSignatures, referrers].includes(true);
    const isPart = policy !== undefined || packages.length > 0 || platforms.length > 0;
    return looksDeeper || isPart ? undefined : destination;
  }

  async #source(
    request: RelocationRequest,
    held: HeldImages | undefined,
    relay: EventRelay,
    signal: AbortSignal,
  ): Promise<RelocationSource> {
    const { source, destination, options = {} } = request;
    const platforms = checkPlatforms(options.platforms ?? []);
    const file = [source, destination].find(({ kind }) => kind === 'archive');
    if (platforms.length > 0 && file !== undefined && 'path' in file) {
      throw relocationError('platforms-between-registries', { file: file.path });
    }
    if (source.kind === 'archive') {
      if (destination.kind === 'archive') throw relocationError('tar-to-tar');
      const { requireSignature } = this.#environment;
      const { packages } = options;
      return ArchiveSource.open(source.path, { format: source.format, verify: signal, requireSignature, packages });
    }
    const { connection, credentials } = this.#environment;
    return new RegistrySource({
      description: sourceText(source),
      registries: createRegistries(connection, credentials, 'source', relay.connections),
      attachments: {
        cosignSignatures: options.cosignSignatures ?? false,
        referrers: options.referrers ?? false,
      },
      countsLeft: options.referrers === undefined,
      findsEvidence: options.policy !== undefined,
      parallel: this.#parallel(),
      keepGoing: options.keepGoing ?? false,
      packages: options.packages ?? [],
      platforms,
      held,
      find: finderOf(source),
    });
  }

  #destination({ destination, options = {} }: RelocationRequest, relay: EventRelay): RelocationDestination {
    if (destination.kind === 'archive') {
      if (destination.format === 'oci' && !destination.path.endsWith('.tar')) {
        return new LayoutFolderDestination(destination.path, this.#origin(options));
      }
      return new ArchiveDestination(destination.path, {
        resume: options.resume,
        format: destination.format === 'oci' ? OCI_LAYOUT : IMGPKG_TAR,
        volumeSize: options.volumeSize,
        origin: this.#origin(options),
      });
    }
    const { connection, credentials } = this.#environment;
    return new RegistryDestination(parseRepository(destination.repository), {
      registries: createRegistries(connection, credentials, 'destination', relay.connections),
      parallel: this.#parallel(),
      repoBasedTags: options.repoBasedTags ?? false,
      stateFolder: this.#environment.stateFolder,
      discardPrevious: options.resume === false,
      onRetry: relay.connections.retry,
    });
  }

  #origin({ sign, signedBy }: RelocationOptions): ExportOrigin {
    const { askPassword = () => Promise.resolve(undefined) } = this.#environment;
    return {
      tool: `carvel-airgap ${VERSION}`,
      time: timeStamp(),
      ...(signedBy === undefined ? {} : { by: signedBy }),
      openSigner: sign === undefined ? undefined : (signal) => openSigner(sign, askPassword, signal),
    };
  }

  /** What the other side of an export already has, if the request names it. */
  async #base(
    { destination, options = {} }: RelocationRequest,
    relay: EventRelay,
    signal: AbortSignal,
  ): Promise<DeltaBase | undefined> {
    const { since } = options;
    if (since === undefined || destination.kind !== 'archive') return undefined;
    const { connection, credentials } = this.#environment;
    const open = () => createRegistries(connection, credentials, 'destination', relay.connections);
    return readDeltaBase(since, open, { requireSignature: this.#environment.requireSignature ?? [], signal });
  }

  #parallel(): number {
    return this.#environment.connection.concurrency ?? PARALLEL_REQUESTS;
  }
}

function finderOf(source: Exclude<RelocationSourceSpec, { kind: 'archive' }>): RootFinder {
  if (source.kind === 'lock') return findLock(source.path);
  const { reference } = source;
  if (source.kind !== 'image') return findReference({ reference, as: source.kind });
  return findReference({ reference, as: source.ignoreBundleCheck === true ? 'opaque' : 'image' });
}

interface RunParts {
  readonly plan: RelocationPlan;
  readonly source: RelocationSource;
  readonly destination: RelocationDestination;
  readonly request: RelocationRequest;
  readonly concurrency: number | undefined;
  readonly bandwidth: Bandwidth;
  readonly progressInterval: number | undefined;
  readonly relay: EventRelay;
  readonly sent: SentBlobs;
  readonly environment: EngineEnvironment;
  /** Reports a measured transfer: bytes and seconds. */
  readonly measured: (bytes: number, seconds: number) => Promise<void>;
}

/** A plan that can also be carried out elsewhere. */
export class RelocationRun implements PlannedRelocation {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  get view() {
    return this.#parts.plan.view;
  }

  /** The blobs to copy, and where each is read from. */
  get blobsToCopy(): SourceBlob[] {
    return [...this.#parts.plan.blobs.values()].filter(({ action }) => action === 'copy');
  }

  /** The repositories that everything is read from. */
  get repositories(): Repository[] {
    return this.#parts.plan.content.items.map(({ image }) => image.place);
  }

  /** @throws trust.… if the policy does not admit an image */
  requirePolicy(): void {
    const { view } = this.#parts.plan;
    const refused = view.policy?.mode === 'enforce' ? refusal(view) : undefined;
    if (refused !== undefined) throw refused;
  }

  async run(options: RunOptions): Promise<RelocationReport> {
    const { plan, source, destination, concurrency, bandwidth, progressInterval, relay, measured } = this.#parts;
    const onEvent: RelocationListener = options.onEvent ?? (() => undefined);
    relay.listener = onEvent;
    const linked = new LinkedAbort(options.signal);
    try {
      this.requirePolicy();
      const lanes = makeLanes(concurrency);
      const { signal } = linked;
      const scans = await this.#scan({ lanes, onEvent, signal: AbortSignal.any([signal, options.pause ?? signal]) });
      const keepGoing = this.#parts.request.options?.keepGoing ?? false;
      const began = performance.now();
      const way = { plan, source, destination, lanes, bandwidth, sent: this.#parts.sent };
      const result = await runPlan({ ...way, progressInterval, onEvent, signal, pause: options.pause, keepGoing });
      // What a limit slows down says nothing about the route.
      const isLimited = bandwidth.bytesPerSecond !== undefined;
      if (!isLimited) await measured(result.bytesCopied, result.transferSeconds);
      const report = await this.#report(result, scans, (performance.now() - began) / 1000, signal);
      const { request, environment } = this.#parts;
      if (options.receipt === undefined) return report;
      return await withReceipt(options.receipt, request, report, environment, signal);
    } finally {
      linked.dispose();
      await this.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.source.close(), this.#parts.destination.close()]);
  }

  /** Nothing was written yet, so a pause may end it at once. */
  async #scan(options: Pick<ScanOptions, 'lanes' | 'onEvent' | 'signal'>): Promise<ReadonlyMap<Digest, ScanResult>> {
    const { plan, source, destination, bandwidth, request } = this.#parts;
    const command = request.options?.beforeTag;
    if (command === undefined) return new Map();
    const openAtDestination: ScanOptions['openAtDestination'] = (blob, opening) => {
      if (destination instanceof RegistryDestination) return destination.openBlob(blob, opening);
      throw new Error(`${destination.description} cannot be read.`);
    };
    return scanImages({ ...options, command, plan, source, openAtDestination, bandwidth });
  }

  async #report(
    result: RunResult,
    scans: ReadonlyMap<Digest, ScanResult>,
    seconds: number,
    signal: AbortSignal,
  ): Promise<RelocationReport> {
    const { plan, request } = this.#parts;
    const { totals, root, subset, source, destination, warnings, attachments } = plan.view;
    const repository =
      request.destination.kind === 'repository' ? parseRepository(request.destination.repository) : undefined;
    const lock = repository === undefined || result.failed.length > 0 ? undefined : lockOf(plan.content, repository);
    const place = repository ?? plan.content.root?.image.place;
    const notCopied = new Set(result.failed.map(({ digest }) => digest));
    return {
      source,
      destination,
      ...(root === undefined || place === undefined
        ? {}
        : {
            root: {
              ...root,
              reference: formatReference({ ...place, digest: root.digest }),
              ...(await this.#packages(signal)),
            },
          }),
      ...(subset === undefined ? {} : { subset }),
      images: {
        total: totals.images + plan.view.missing.length,
        copied: totals.imagesToCopy - result.unfinished,
        present: totals.images - totals.imagesToCopy,
      },
      blobs: result.blobs,
      // The plan's totals include manifests.
      bytes: { total: totals.bytes, copied: result.bytesCopied + manifestBytesToCopy(plan, notCopied) },
      seconds,
      transferSeconds: result.transferSeconds,
      tags: repository === undefined ? [] : result.tags,
      tagsNotSet: repository === undefined ? [] : result.tagsNotSet,
      warnings: [...warnings, ...result.warnings],
      attachments,
      ...defined({ policy: plan.view.policy, beforeTag: request.options?.beforeTag }),
      failed: result.failed,
      results: plan.view.images.map(({ action, ...image }) => ({
        ...image,
        ...defined({ scan: scans.get(image.digest) }),
        result: notCopied.has(image.digest) ? 'failed' : action === 'copy' ? 'copied' : 'present',
      })),
      ...(lock === undefined ? {} : { lock }),
    };
  }

  /** Looks into the root bundle if its layer is at hand: read for the plan, or in a file. */
  async #packages(signal: AbortSignal): Promise<{ hasPackages?: boolean }> {
    const { plan, source } = this.#parts;
    const image = plan.content.root?.image;
    const layer = image?.node.blobs[1];
    if (image?.kind !== 'bundle' || layer === undefined) return {};
    const kept = source.cached(layer.digest);
    if (kept === undefined && !source.isLocal) return {};
    const open = async function* (): AsyncGenerator<Uint8Array> {
      if (kept !== undefined) yield kept;
      else yield* (await source.openBlob({ descriptor: layer, place: image.place }, { lane: 'small', signal })).body;
    };
    try {
      return { hasPackages: await hasPackagesFolder(image, open) };
    } catch (error) {
      if (isAbort(error)) throw error;
      return {};
    }
  }
}
