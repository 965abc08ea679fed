import { abortError, tryOrUndefined } from '../../base/errors.ts';
import { parseReference, parseRepository } from '../../oci/reference.ts';
import type { EngineOptions, PlannedRelocation, RelocationEngine, RunOptions } from '../../relocation/engine.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { destinationText } from '../../relocation/request/request.ts';
import type { PlanDepth, RelocationRequest } from '../../relocation/request/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { Outcome } from '../relocations/list/relocation-attempt.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import { imageName } from '../relocations/relocation-job.ts';
import type { RelocationJob } from '../relocations/relocation-job.ts';

export interface ListedEngineOptions {
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly relocations: Pick<Relocations, 'start' | 'stop' | 'isUnderWay'>;
  /** Called with the id of each relocation that was started. */
  readonly onStart: (id: string) => void;
  /** Called when the user stops a relocation in the list. */
  readonly onStopped: (as: 'paused' | 'cancelled') => void;
}

/** An engine whose plans are run by the list of relocations, so that they are shown, and can be stopped and resumed there. */
export class ListedEngine implements Pick<RelocationEngine, 'plan'> {
  readonly #options: ListedEngineOptions;

  constructor(options: ListedEngineOptions) {
    this.#options = options;
  }

  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<PlannedRelocation> {
    const planned = await this.#options.engine.plan(request, options);
    return {
      view: planned.view,
      storeJobPlan: (pods, stop) => planned.storeJobPlan(pods, stop),
      arrived: (stop) => planned.arrived(stop),
      close: () => planned.close(),
      run: (runOptions) => this.#run({ name: nameOf(request), request }, planned, runOptions),
    };
  }

  /** @throws workbench.relocation-under-way, the error of the relocation, or an AbortError if it was stopped */
  async #run(
    job: RelocationJob,
    planned: PlannedRelocation,
    { signal, pause, onEvent = () => undefined }: RunOptions,
  ): Promise<RelocationReport> {
    const { relocations, onStart, onStopped } = this.#options;
    if (relocations.isUnderWay(job)) {
      await planned.close();
      const destination = destinationText(job.request.destination);
      throw workbenchError('relocation-under-way', { name: job.name, destination });
    }
    const outcome = await new Promise<Outcome>((ended, failed) => {
      relocations.start(job, planned, { onEvent, ended }).then((id) => {
        onAbort(signal, () => relocations.stop(id, 'cancelled'));
        if (pause !== undefined) onAbort(pause, () => relocations.stop(id, 'paused'));
        onStart(id);
      }, failed);
    });
    if (outcome.kind === 'finished') return outcome.report;
    if (outcome.kind !== 'stopped') throw outcome.error;
    onStopped(outcome.as);
    throw abortError();
  }
}

function onAbort(signal: AbortSignal, stop: () => void): void {
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
}

/** Such as `packages:1.0.0`: the repository of the source with the tag that the destination gets. */
function nameOf({ source, destination, options }: RelocationRequest): string {
  const text = 'reference' in source ? source.reference : destinationText(destination);
  const place = tryOrUndefined(() => parseReference(text)) ?? parseRepository(text);
  return imageName(options?.toTag === undefined ? place : { ...place, tag: options.toTag });
}
