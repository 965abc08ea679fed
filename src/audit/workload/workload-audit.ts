import { setImmediate } from 'node:timers/promises';

import { formatImagesLock } from '../../carvel/images-lock.ts';
import { IMGPKG_API_VERSION } from '../../carvel/yaml.ts';
import { formatReference, tryParseReference } from '../../oci/reference.ts';
import type { ErrorArguments } from '../../base/errors.ts';
import { record, text } from '../../base/json.ts';
import type { PackageTemplateStep } from '../../packaging/package-template.ts';
import type { AuditFinding, FindingCode } from '../finding.ts';
import { kbldId } from './kbld-config.ts';
import type { Ledger } from '../ledger.ts';
import type { ReadBundle } from '../read-bundle.ts';
import { placeOf } from '../rewriting.ts';
import { AppFolder } from './app-folder.ts';
import type { FetchedFiles } from './app-folder.ts';
import type { Kbld } from './kbld.ts';
import type { KnownImages } from './image-texts.ts';
import { findReferences } from './scan.ts';
import type { FoundReference } from './scan.ts';
import { runTemplate } from './template-run.ts';
import type { TemplateResult } from './template-run.ts';
import type { YttRunner } from './ytt-runner.ts';

/** Maximum number of notes of one kind per Package. */
const MAX_NOTES = 50;

/** The result of a fetch step: a bundle, other files, or unknown. */
export interface FetchedStep {
  readonly folder: string;
  readonly bundle?: ReadBundle;
  readonly files?: FetchedFiles;
}

/** An App, or a bundle in the form in which it is usually applied. */
export interface Workload {
  /** For display, such as `Package app 1.0.0`. */
  readonly name: string;
  readonly fetched: readonly FetchedStep[];
  readonly steps: readonly PackageTemplateStep[];
  /** Whether `steps` are an assumption about how the bundle is applied, so that a failing step is not a certain problem. */
  readonly isAssumed?: boolean;
}

const NOTHING: FetchedFiles = { files: new Map(), unread: new Set(), isComplete: false };

/** Finds the images in a workload's configuration after kbld has resolved them in the cluster. */
export class WorkloadAudit {
  readonly problems: AuditFinding[] = [];
  readonly notChecked: AuditFinding[] = [];
  readonly #ledger: Ledger;
  readonly #ytt: YttRunner | undefined;

  /** @param ytt renders templates; undefined to read them unrendered */
  constructor(ledger: Ledger, ytt: YttRunner | undefined) {
    this.#ledger = ledger;
    this.#ytt = ytt;
  }

  /** Whether a bundle's file matters: YAML and JSON files, and everything that ytt can read. */
  needsFile(path: string): boolean {
    return this.#ytt !== undefined || /\.(?:ya?ml|json)$/.test(path);
  }

  /** @returns for each fetch step, whether its bundle's lock is used */
  async run(workload: Workload, signal: AbortSignal): Promise<boolean[]> {
    const { fetched, steps, name, isAssumed = false } = workload;
    const fail = (args: FailureArguments): void => {
      if (isAssumed) this.#left('usual-steps-fail', { ...args, package: name });
      else this.#problem({ code: 'template-fails', args: { ...args, package: name } });
    };
    // Lets other work on this thread run between two workloads.
    await setImmediate();
    const folder = new AppFolder(fetched.map((each) => ({ ...filesOf(each), folder: each.folder })));
    const result = await runTemplate(folder, steps, this.#ytt, signal);
    if (result.failure !== undefined) fail(result.failure);
    this.#note(name, result);
    const known = knownTexts(fetched);
    for (const { value, source, isCertain } of result.documents) {
      if (isForTools(value)) continue;
      const { references, tooLong } = findReferences(value, source, known);
      for (const place of tooLong)
        this.#left('files-unread', { count: 1, package: name, path: place, reason: 'it is too large' });
      for (const found of references) {
        if (isCertain && found.outcome === 'refused')
          fail({ tool: 'kbld', reason: `${found.place}: ${found.reason ?? ''}` });
        else if (isCertain) await this.#need(name, found, known, signal);
        else this.#doubt(name, found, known);
      }
    }
    // A template failure already explains why locks are unused.
    return fetched.map(
      ({ bundle }) => bundle === undefined || result.failure !== undefined || usesLock(bundle, result.kblds),
    );
  }

  async #need(name: string, found: FoundReference, { places, bundle }: KnownTexts, signal: AbortSignal): Promise<void> {
    const { reference: text, position, place } = found;
    const reference = tryParseReference(text);
    if (reference === undefined || (position !== 'other' && places.has(formatReference(reference)))) return;
    const code = codeFor(found);
    // Without a kbld step, the image gets the same row as the lock's entry.
    const args = { package: name, ...(code === 'no-kbld-step' ? {} : { place }) };
    const need = { reference, origin: text, neededBy: name, bundle, ifOutside: { code, args } };
    await this.#ledger.need(need, signal);
  }

  /** ytt may move the text to a place where kbld rewrites it, or drop it. */
  #doubt(name: string, { reference: text, outcome, place }: FoundReference, { ids, places }: KnownTexts): void {
    const reference = tryParseReference(text);
    if (outcome === 'listed' || outcome === 'refused' || ids.has(text) || reference === undefined) return;
    if (places.has(formatReference(reference)) || this.#ledger.isInside(reference)) return;
    this.#left('template-names', { place, package: name, reference: text });
  }

  #note(name: string, { notRun, renderFailure, unread, hasHiddenInput }: TemplateResult): void {
    if (renderFailure !== undefined) this.#left('render-failed', { package: name, reason: renderFailure });
    for (const [tool, [path = '', ...more]] of notRun) {
      if (tool !== 'ytt') this.#left('tool-not-run', { tool, package: name });
      else if (renderFailure === undefined) this.#left('ytt-not-run', { package: name, count: more.length + 1, path });
    }
    const [first] = unread;
    if (first !== undefined) {
      const [path, reason] = first;
      this.#left('files-unread', { count: unread.size, package: name, path, reason });
    }
    if (hasHiddenInput) this.#left('hidden-input', { package: name });
  }

  #left(code: FindingCode, args: ErrorArguments): void {
    const same = this.notChecked.filter((each) => each.code === code && each.args['package'] === args['package']);
    const isKnown = same.some((each) => Object.entries(args).every(([key, value]) => each.args[key] === value));
    if (!isKnown && same.length < MAX_NOTES) this.notChecked.push({ code, args });
  }

  #problem(finding: AuditFinding): void {
    const text = JSON.stringify(finding);
    if (!this.problems.some((each) => JSON.stringify(each) === text)) this.problems.push(finding);
  }
}

/** The tool that fails, and why. */
type FailureArguments = NonNullable<TemplateResult['failure']>;

interface KnownTexts extends KnownImages {
  /** Locations of the locks' images after imgpkg's rewriting, which have rows of their own. */
  readonly places: ReadonlySet<string>;
  readonly bundle: string;
}

function knownTexts(fetched: readonly FetchedStep[]): KnownTexts {
  const bundles = fetched.flatMap(({ bundle }) => bundle ?? []);
  const images = bundles.flatMap((bundle) => bundle.content.lock.images.map((image) => ({ image, bundle })));
  return {
    ids: new Set(images.flatMap(({ image }) => kbldId(image) ?? [])),
    places: new Set(
      images.map(({ image, bundle }) => formatReference(placeOf(image.reference, bundle.place, bundle.rewriting))),
    ),
    registries: new Set(images.map(({ image }) => image.reference.registry)),
    bundle: bundles.map(({ place }) => formatReference(place)).join(', '),
  };
}

function filesOf({ bundle, files }: FetchedStep): FetchedFiles {
  if (bundle === undefined) return files ?? NOTHING;
  const { content, place, rewriting, unread } = bundle;
  const images = content.lock.images.map((image) => ({
    ...image,
    reference: placeOf(image.reference, place, rewriting),
  }));
  const lock = Buffer.from(formatImagesLock({ images }));
  return { files: new Map([...content.files, ['.imgpkg/images.yml', lock]]), unread, isComplete: true };
}

/** Whether kbld applies every entry of a bundle's lock. */
function usesLock({ content, place, rewriting }: ReadBundle, kblds: readonly Kbld[]): boolean {
  return content.lock.images.every((image) => {
    const after = formatReference(placeOf(image.reference, place, rewriting));
    return kblds.some(({ overrides }) =>
      overrides.some((each) => each.image === kbldId(image) && each.newImage === after),
    );
  });
}

function codeFor({ position, outcome }: FoundReference): FindingCode {
  if (position === 'image') return 'no-kbld-step';
  if (position === 'other') return 'elsewhere';
  if (outcome === 'asked') return 'unlisted-tag';
  return outcome === 'digest' ? 'unlisted' : 'outside';
}

/** A lock or configuration that no kbld step used, which is not a cluster object. */
function isForTools(document: unknown): boolean {
  const apiVersion = text(record(document)['apiVersion']) ?? '';
  return apiVersion === IMGPKG_API_VERSION || apiVersion.startsWith('kbld.k14s.io/');
}
