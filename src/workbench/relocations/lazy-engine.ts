import type { EngineOptions, PlannedRelocation, RelocationEngine } from '../../relocation/engine.ts';
import type { PlanDepth, RelocationRequest } from '../../relocation/request.ts';

type DisposableEngine = RelocationEngine & { dispose?(): void };

/** The engine, made with the first relocation. */
export class LazyEngine implements RelocationEngine {
  readonly #make: () => Promise<DisposableEngine>;
  #engine: Promise<DisposableEngine> | undefined;

  constructor(make: () => Promise<DisposableEngine>) {
    this.#make = make;
  }

  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<PlannedRelocation> {
    this.#engine ??= this.#make();
    return (await this.#engine).plan(request, options);
  }

  dispose(): void {
    void this.#engine?.then((engine) => engine.dispose?.());
    this.#engine = undefined;
  }
}
