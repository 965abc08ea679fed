import { LinkedAbort } from '../base/parallel.ts';
import { formatBundleLock } from '../carvel/bundle-lock.ts';
import { formatImagesLock } from '../carvel/images-lock.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import type { CredentialProvider } from '../oci/credentials.ts';
import { formatReference, parseRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import { ArchiveSource } from './archive-source.ts';
import type { RelocationDestination } from './destination.ts';
import type { EngineOptions, PlannedRelocation, RelocationEngine } from './engine.ts';
import type { RelocationListener } from './events.ts';
import { makePlan } from './plan.ts';
import type { RelocationPlan } from './plan.ts';
import { RegistryDestination } from './registry-destination.ts';
import { RegistrySource } from './registry-source.ts';
import type { RelocationReport } from './report.ts';
import type { PlanDepth, RelocationRequest } from './request.ts';
import { makeLanes, runPlan } from './run.ts';
import type { RunResult } from './run.ts';
import type { RelocationSource } from './source.ts';

/** Small requests under way at once, where no concurrency is given. */
const PARALLEL_REQUESTS = 16;

export interface EngineEnvironment {
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
}

/** The engine in this process. */
export class InProcessEngine implements RelocationEngine {
  readonly #environment: EngineEnvironment;

  constructor(environment: EngineEnvironment) {
    this.#environment = environment;
  }

  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<PlannedRelocation> {
    const onEvent = options.onEvent ?? (() => undefined);
    const started = performance.now();
    if (request.destination.kind === 'archive') throw new Error('Not yet.');
    const repository = parseRepository(request.destination.repository);
    const source = await this.#source(request);
    const destination = this.#destination(repository);
    const linked = new LinkedAbort(options.signal);
    try {
      onEvent({ type: 'phase', phase: 'resolve', detail: source.description });
      const plan = await makePlan(source, destination, options.depth, linked.signal);
      for (const text of plan.view.warnings) onEvent({ type: 'warning', text });
      onEvent({ type: 'phase', phase: 'plan', detail: `${plan.view.totals.images} images` });
      const { concurrency } = this.#environment.connection;
      return new Relocation({ plan, source, destination, repository, started, concurrency });
    } catch (error) {
      await Promise.all([source.close(), destination.close()]);
      throw error;
    } finally {
      linked.dispose();
    }
  }

  async #source({ source }: RelocationRequest): Promise<RelocationSource> {
    if (source.kind === 'archive') return ArchiveSource.open(source.path);
    if (source.kind === 'lock') throw new Error('Not yet.');
    const { connection, credentials } = this.#environment;
    const registries = createRegistries(connection, credentials, 'source');
    return new RegistrySource(source.reference, source.kind === 'bundle', registries, this.#parallel());
  }

  #destination(repository: Repository): RelocationDestination {
    const { connection, credentials } = this.#environment;
    return new RegistryDestination(
      repository,
      createRegistries(connection, credentials, 'destination'),
      this.#parallel(),
    );
  }

  #parallel(): number {
    return this.#environment.connection.concurrency ?? PARALLEL_REQUESTS;
  }
}

interface RelocationParts {
  readonly plan: RelocationPlan;
  readonly source: RelocationSource;
  readonly destination: RelocationDestination;
  readonly repository: Repository;
  /** performance.now() when planning began */
  readonly started: number;
  readonly concurrency: number | undefined;
}

class Relocation implements PlannedRelocation {
  readonly #parts: RelocationParts;

  constructor(parts: RelocationParts) {
    this.#parts = parts;
  }

  get view() {
    return this.#parts.plan.view;
  }

  async run(options: EngineOptions): Promise<RelocationReport> {
    const { plan, source, destination, concurrency } = this.#parts;
    const onEvent: RelocationListener = options.onEvent ?? (() => undefined);
    const linked = new LinkedAbort(options.signal);
    try {
      const lanes = makeLanes(concurrency);
      return this.#report(await runPlan(plan, source, destination, lanes, onEvent, linked.signal));
    } finally {
      linked.dispose();
      await this.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.source.close(), this.#parts.destination.close()]);
  }

  #report(result: RunResult): RelocationReport {
    const { plan, repository, started } = this.#parts;
    const { totals, root, source, destination, tags, warnings } = plan.view;
    return {
      source,
      destination,
      ...(root === undefined
        ? {}
        : { root: { ...root, reference: formatReference({ ...repository, digest: root.digest }) } }),
      images: { total: totals.images, copied: totals.imagesToCopy, present: totals.images - totals.imagesToCopy },
      blobs: result.blobs,
      bytes: { total: totals.bytes, copied: result.bytesCopied },
      seconds: (performance.now() - started) / 1000,
      tags: tags.map(({ name }) => name),
      warnings,
      lock: lockOf(plan, repository),
    };
  }
}

function lockOf({ content }: RelocationPlan, repository: Repository): RelocationReport['lock'] {
  const { root, items } = content;
  if (root !== undefined && root.image.kind === 'bundle') {
    const bundle = { ...repository, digest: root.image.node.digest };
    const text = formatBundleLock({ bundle, ...(root.tag === undefined ? {} : { tag: root.tag }) });
    return { kind: 'BundleLock', text };
  }
  const images = items.map(({ image }) => ({ reference: { ...repository, digest: image.node.digest } }));
  return { kind: 'ImagesLock', text: formatImagesLock({ images }) };
}
