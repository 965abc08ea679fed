import * as vscode from 'vscode';

import type { PackageDetails } from '../../packaging/install/package-details.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import type { ValuesSchema } from '../../packaging/install/values-schema.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';

interface PackageAddress {
  readonly context: string;
  readonly namespace: string;
  readonly refName: string;
  /** A version, or a constraint. */
  readonly constraints: string;
}

/** The schemas of the Packages that documents install. Only clusters that are already open are asked. */
export class ValuesSchemas implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;
  readonly #known = new Map<string, ValuesSchema | undefined>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #subscription: vscode.Disposable;

  constructor(clusters: Clusters, targets: ApplyTargets) {
    this.#clusters = clusters;
    this.#targets = targets;
    this.onDidChange = this.#changes.event;
    this.#subscription = clusters.onDidChange(() => this.#known.clear());
  }

  /** The schema for the values of a PackageInstall, if it is known without a request. */
  known(found: FoundInstall): ValuesSchema | undefined {
    const address = this.#addressOf(found);
    return address && this.#known.get(keyOf(address));
  }

  /** Asks the cluster of a PackageInstall for the schema, once. */
  async ask(found: FoundInstall): Promise<ValuesSchema | undefined> {
    const address = this.#addressOf(found);
    if (address === undefined || this.#clusters.opened(address.context) === undefined) return undefined;
    const key = keyOf(address);
    if (!this.#known.has(key)) {
      const asking = this.#asking.get(key) ?? this.#read(address).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      await asking;
    }
    return this.#known.get(key);
  }

  /** Notes what a command has read. */
  async note(
    context: string,
    namespace: string,
    { package: { refName, version }, valuesSchema }: PackageDetails,
    constraints = version,
  ): Promise<void> {
    const { parseValuesSchema } = await import('../../packaging/install/values-schema.ts');
    this.#known.set(keyOf({ context, namespace, refName, constraints }), parseValuesSchema(valuesSchema));
    this.#changes.fire();
  }

  dispose(): void {
    this.#abort.abort();
    this.#subscription.dispose();
    this.#changes.dispose();
  }

  async #read(address: PackageAddress): Promise<void> {
    const { context, namespace, refName, constraints } = address;
    const { signal } = this.#abort;
    try {
      const session = await this.#clusters.session(context);
      const { chosenVersion } = await import('../../packaging/install/package-versions.ts');
      const { parseTagVersion } = await import('../../packaging/version-range.ts');
      // An exact version needs no list of all Packages.
      const isExact = parseTagVersion(constraints) !== undefined;
      const version = isExact
        ? constraints
        : chosenVersion(await session.packages(namespace, signal), { namespace, refName, constraints });
      const details = version && (await session.packageDetails(namespace, { refName, version }, signal));
      const { parseValuesSchema } = await import('../../packaging/install/values-schema.ts');
      this.#known.set(keyOf(address), details ? parseValuesSchema(details.valuesSchema) : undefined);
      this.#changes.fire();
    } catch {
      // Validation is optional: Apply reports what is wrong with the cluster.
    }
  }

  #addressOf({ context: named, namespace, refName, constraints }: FoundInstall): PackageAddress | undefined {
    const context = this.#targets.knownFor(named);
    if (context === undefined || refName === undefined || constraints === undefined) return undefined;
    return {
      context: context.name,
      namespace: namespace?.value ?? context.namespace,
      refName: refName.value,
      constraints: constraints.value,
    };
  }
}

function keyOf({ context, namespace, refName, constraints }: PackageAddress): string {
  return JSON.stringify([context, namespace, refName, constraints]);
}
