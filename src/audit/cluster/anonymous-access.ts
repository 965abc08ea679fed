import { AirgapError } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import type { Reach } from '../registry-probe.ts';

const PARALLEL = 8;
/** How registries refuse a request without credentials; some deny that the image exists. */
const REFUSED = new Set(['oci.credentials-missing', 'oci.unauthorized', 'oci.forbidden', 'oci.not-found']);

/** Whether registries give images to clients without credentials. */
export class AnonymousAccess {
  readonly #registries: Registries;
  readonly #reach: Reach;
  readonly #limiter = new Limiter(PARALLEL);
  readonly #answers = new SingleFlight<string, boolean>();

  /** @param registries without credentials */
  constructor(registries: Registries, reach: Reach) {
    this.#registries = registries;
    this.#reach = reach;
  }

  /** @param reference an image that exists */
  allows(reference: Reference, signal: AbortSignal): Promise<boolean> {
    const { registry, path, tag = 'latest', digest = tag } = reference;
    return this.#answers.do(formatReference(reference), async () => {
      const client = this.#registries.client(this.#reach(registry));
      try {
        return (await this.#limiter.run(signal, () => client.headManifest(path, digest, signal))) !== undefined;
      } catch (error) {
        if (!(error instanceof AirgapError)) throw error;
        // If the registry has just become unreachable, this is not a refusal.
        return !REFUSED.has(error.code);
      }
    });
  }
}
