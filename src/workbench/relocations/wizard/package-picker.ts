import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import { isAbort } from '../../../base/errors.ts';
import { printable } from '../../../base/printable.ts';
import { formatRepository, parseReference } from '../../../oci/reference.ts';
import { formatPackageVersion } from '../../../packaging/subset/package-choice.ts';
import type { RelocationEngine } from '../../../relocation/engine.ts';
import type { PackageSource } from '../../../relocation/request/request.ts';
import { bytesOfChoice, contributions } from '../../../relocation/packages/package-listing.ts';
import type { ListedPackage, PackageListing } from '../../../relocation/packages/package-listing.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import { back } from '../../picks/pick.ts';
import { withoutIcons } from '../../text/formatting.ts';

const KEY = 'chosenPackages';
/** Maximum number of repositories whose choice is remembered. */
const MAX_REMEMBERED = 50;

/** Chosen Packages as NAME@VERSION; empty for the whole bundle. */
export type PackageChoice = readonly string[];

export interface PackagePickerParts {
  readonly engine: Pick<RelocationEngine, 'listPackages'>;
  readonly state: vscode.Memento;
  readonly reporter: ErrorReporter;
}

interface PackageItem extends vscode.QuickPickItem {
  readonly package?: ListedPackage;
}

/** Asks which Packages of a PackageRepository bundle to relocate, and shows what each of them costs. */
export class PackagePicker {
  readonly #parts: PackagePickerParts;

  constructor(parts: PackagePickerParts) {
    this.#parts = parts;
  }

  /**
   * @param source the bundle, or a tarball that was exported from it
   * @param before the previous answer; by default, the last one for the bundle's repository
   * @returns back also if the Packages cannot be read, which is reported
   */
  async choose(
    title: string,
    source: PackageSource,
    before?: PackageChoice,
  ): Promise<PackageChoice | typeof back | undefined> {
    let repository = '';
    const box = vscode.window.createQuickPick<PackageItem>();
    const abort = new AbortController();
    box.title = title;
    box.placeholder = vscode.l10n.t('Packages with their images (Enter to continue)');
    box.canSelectMany = true;
    box.matchOnDescription = true;
    box.keepScrollPosition = true;
    box.ignoreFocusOut = true;
    box.busy = true;
    box.buttons = [vscode.QuickInputButtons.Back];
    try {
      const answer = await new Promise<ReadonlySet<ListedPackage> | typeof back | undefined>((resolve, reject) => {
        const listed = new ListedChoice(box, title);
        box.onDidTriggerButton(() => resolve(back));
        box.onDidHide(() => resolve(undefined));
        box.onDidChangeSelection(() => listed.selectionChanged());
        box.onDidAccept(() => {
          // Nothing chosen is no bundle, so the question stays.
          if (listed.chosen.size > 0) resolve(listed.chosen);
        });
        box.show();
        this.#parts.engine
          .listPackages(source, { signal: abort.signal })
          .then((listing) => {
            repository = formatRepository(parseReference(listing.bundle));
            listed.show(listing, before ?? this.#remembered().get(repository) ?? []);
          })
          .catch(reject);
      });
      if (answer === undefined || answer === back) return answer;
      const names = [...answer].map(formatPackageVersion);
      await this.#remember(repository, names);
      return answer.size === box.items.filter((item) => item.package !== undefined).length ? [] : names;
    } catch (error) {
      if (isAbort(error)) return undefined;
      this.#parts.reporter.report({ action: 'Choose Packages' }, error);
      return back;
    } finally {
      abort.abort();
      box.dispose();
    }
  }

  #remembered(): Map<string, PackageChoice> {
    const kept = this.#parts.state.get<unknown>(KEY);
    const entries = Array.isArray(kept) ? (kept as unknown[]).filter(isRemembered) : [];
    return new Map(entries);
  }

  async #remember(repository: string, names: PackageChoice): Promise<void> {
    const others = [...this.#remembered()].filter(([each]) => each !== repository);
    await this.#parts.state.update(KEY, [[repository, names], ...others].slice(0, MAX_REMEMBERED));
  }
}

/** The items of a pick, whose costs depend on what is chosen. */
class ListedChoice {
  readonly #box: vscode.QuickPick<PackageItem>;
  readonly #title: string;
  #listing: PackageListing | undefined;
  #chosen: ReadonlySet<ListedPackage> = new Set();

  constructor(box: vscode.QuickPick<PackageItem>, title: string) {
    this.#box = box;
    this.#title = title;
  }

  get chosen(): ReadonlySet<ListedPackage> {
    return this.#chosen;
  }

  show(listing: PackageListing, before: PackageChoice): void {
    const known = new Set(before);
    const isKnown = (each: ListedPackage): boolean => known.has(formatPackageVersion(each));
    this.#listing = listing;
    this.#chosen = new Set(listing.packages.filter(isKnown));
    this.#box.busy = false;
    this.#draw(listing);
  }

  selectionChanged(): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    const chosen = new Set(this.#box.selectedItems.flatMap((item) => item.package ?? []));
    // Setting the items also changes the selection, for a moment.
    if (isSame(chosen, this.#chosen)) return;
    this.#chosen = chosen;
    this.#draw(listing);
  }

  #draw(listing: PackageListing): void {
    const box = this.#box;
    const costs = contributions(listing, this.#chosen);
    const active = new Set(box.activeItems.map((item) => item.package));
    const items = [...Map.groupBy(listing.packages, ({ name }) => name)].flatMap(([name, versions]) => [
      { label: printable(name), kind: vscode.QuickPickItemKind.Separator },
      ...versions.map((each) => itemOf(each, costs.get(each) ?? 0, this.#chosen.has(each))),
    ]);
    box.items = items;
    box.selectedItems = items.filter((item) => item.package !== undefined && this.#chosen.has(item.package));
    const [focused] = items.filter((item) => item.package !== undefined && active.has(item.package));
    if (focused !== undefined) box.activeItems = [focused];
    const [count, all] = [this.#chosen.size, listing.packages.length];
    const size = count === 0 ? formatBytes(0) : formatBytes(bytesOfChoice(listing, this.#chosen));
    box.title = vscode.l10n.t('{0}: {1} of {2} versions, {3}', this.#title, count, all, size);
  }
}

function itemOf(each: ListedPackage, bytes: number, isChosen: boolean): PackageItem {
  const { name, version, releasedAt } = each;
  const cost = isChosen
    ? vscode.l10n.t('{0} less without it', formatBytes(bytes))
    : vscode.l10n.t('adds {0}', formatBytes(bytes));
  const time = releasedAt === undefined ? Number.NaN : Date.parse(releasedAt);
  const released = Number.isNaN(time) ? [] : [vscode.l10n.t('released {0}', new Date(time).toLocaleDateString())];
  return {
    label: withoutIcons(printable(`${name} ${version}`)),
    description: [cost, ...released].join(' · '),
    package: each,
  };
}

function isSame(a: ReadonlySet<ListedPackage>, b: ReadonlySet<ListedPackage>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

function isRemembered(entry: unknown): entry is [string, string[]] {
  if (!Array.isArray(entry)) return false;
  const [repository, names] = entry as unknown[];
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  return typeof repository === 'string' && isNames;
}
