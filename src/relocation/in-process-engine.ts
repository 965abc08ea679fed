import { Bandwidth } from '../base/bandwidth.ts';
import { formatCount } from '../base/format.ts';
import type { Limit } from '../base/limiter.ts';
import { LinkedAbort } from '../base/parallel.ts';
import { timeStamp } from '../base/time-stamp.ts';
import { VERSION } from '../base/version.ts';
import type { VerifyOptions } from '../carvel/archive/verification.ts';
import { formatReference, parseRepository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import type { Registries } from '../oci/registries.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import { openSigner } from '../trust/signer.ts';
import { applyPolicy } from './apply-policy.ts';
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
import type { EngineEnvironment, EngineOptions, RelocationEngine } from './engine.ts';
import { describeArchivePackages, describePackages } from './describe.ts';
import { relocationError } from './errors.ts';
import type { PackageListing } from './packages/package-listing.ts';
import { EventRelay } from './event-relay.ts';
import { MeasuredRates, routeOf, withTime } from './measured-rates.ts';
import { makePlan } from './plan/plan.ts';
import { RegistryDestination } from './registry/registry-destination.ts';
import { RegistrySource } from './registry/registry-source.ts';
import type { RegistrySourceOptions } from './registry/registry-source.ts';
import { SentBlobs } from './registry/sent-blobs.ts';
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
import type { RelocationSource } from './source.ts';
import { RelocationRun } from './relocation-run.ts';

/** How many small requests are sent at once: as configured, or as many as the registries take. */
export function parallelRequests({ concurrency }: ConnectionSettings, registries: Registries): Limit {
  return concurrency ?? (() => registries.atOnce);
}

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
      const onRoot = rootExpected(request, destination, options.depth);
      source = await this.#source(request, { held, onRoot }, relay, linked.signal);
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
    { held, onRoot }: Pick<RegistrySourceOptions, 'held' | 'onRoot'>,
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
    const registries = createRegistries(connection, credentials, 'source', relay.connections);
    return new RegistrySource({
      description: sourceText(source),
      registries,
      attachments: {
        cosignSignatures: options.cosignSignatures ?? false,
        referrers: options.referrers ?? false,
      },
      countsLeft: options.referrers === undefined,
      findsEvidence: options.policy !== undefined,
      parallel: parallelRequests(connection, registries),
      keepGoing: options.keepGoing ?? false,
      packages: options.packages ?? [],
      platforms,
      held,
      onRoot,
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
    const registries = createRegistries(connection, credentials, 'destination', relay.connections);
    return new RegistryDestination(parseRepository(destination.repository), {
      registries,
      parallel: parallelRequests(connection, registries),
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
}

/** Lets the destination look for the root while the source is still read. */
function rootExpected(
  { options = {} }: RelocationRequest,
  destination: RelocationDestination,
  depth: PlanDepth,
): RegistrySourceOptions['onRoot'] {
  if (!(destination instanceof RegistryDestination) || options.repair === true) return undefined;
  return (root, signal) => destination.expect(root, options.toTag ?? root.tag, depth === 'run', signal);
}

function finderOf(source: Exclude<RelocationSourceSpec, { kind: 'archive' }>): RootFinder {
  if (source.kind === 'lock') return findLock(source.path);
  const { reference } = source;
  if (source.kind !== 'image') return findReference({ reference, as: source.kind });
  return findReference({ reference, as: source.ignoreBundleCheck === true ? 'opaque' : 'image' });
}
