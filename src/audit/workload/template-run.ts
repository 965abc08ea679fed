import { AirgapError } from '../../base/errors.ts';
import { array, isRecord, record, text } from '../../base/json.ts';
import type { PackageTemplateStep } from '../../packaging/package-template.ts';
import { usesYtt } from '../../packaging/package-files.ts';
import { parseYamlDocuments, yamlValue } from '../../packaging/yaml-text.ts';
import type { AppFolder } from './app-folder.ts';
import { Kbld } from './kbld.ts';
import { kbldConfigOf } from './kbld-config.ts';
import type { KbldConfig } from './kbld-config.ts';
import type { YttRun, YttRunner } from './ytt-runner.ts';

/** A document between template steps. */
export interface TemplateDocument {
  readonly value: unknown;
  /** The file that it comes from; for output of ytt, the object. */
  readonly source: string;
  /** Whether the cluster will have it in this form; otherwise ytt, which was not run, may change it. */
  readonly isCertain: boolean;
}

export interface TemplateResult {
  readonly documents: readonly TemplateDocument[];
  /** The kbld steps that were applied. */
  readonly kblds: readonly Kbld[];
  /** A step that will fail in the cluster. */
  readonly failure?: { readonly tool: string; readonly reason: string };
  /** Tools that were not run, with the files that they would read. */
  readonly notRun: ReadonlyMap<string, readonly string[]>;
  /** Why ytt produced no output. */
  readonly renderFailure?: string;
  /** Files that could not be read, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  readonly hasHiddenInput: boolean;
}

const YAML_FILE = /\.ya?ml$/;
/** Libraries are loaded by other files and produce no documents. */
const YTT_LIBRARY = /\.lib\.ya?ml$|(?:^|\/)_ytt_lib\//;

/**
 * Runs an App's template steps as kapp-controller does (pkg/app/app_template.go). Without ytt, its input is used as its
 * output, which is exact for files without ytt annotations and marked as uncertain for others.
 */
export async function runTemplate(
  folder: AppFolder,
  steps: readonly PackageTemplateStep[],
  ytt: YttRunner | undefined,
  signal: AbortSignal,
): Promise<TemplateResult> {
  const run = new TemplateRun(folder, ytt, signal);
  for (const step of steps) {
    await run.step(step);
    if (run.failure !== undefined) break;
  }
  return run;
}

class TemplateRun implements TemplateResult {
  documents: TemplateDocument[] = [];
  kblds: Kbld[] = [];
  failure?: { tool: string; reason: string };
  renderFailure?: string;
  readonly notRun = new Map<string, string[]>();
  readonly unread = new Map<string, string>();
  hasHiddenInput = false;
  /** Whether a step can read the previous output with `-`. */
  #isStream = false;
  readonly #folder: AppFolder;
  readonly #ytt: YttRunner | undefined;
  readonly #signal: AbortSignal;

  constructor(folder: AppFolder, ytt: YttRunner | undefined, signal: AbortSignal) {
    this.#folder = folder;
    this.#ytt = ytt;
    this.#signal = signal;
  }

  async step(step: PackageTemplateStep): Promise<void> {
    if (step.hasHiddenInput) this.hasHiddenInput = true;
    const paths = step.paths.length > 0 ? step.paths : this.#isStream ? ['-'] : ['.'];
    if (step.kind === 'ytt') return this.#runYtt(step, paths);
    if (step.kind === 'kbld') return this.#runKbld(paths);
    this.#skip(step.kind === 'helmTemplate' ? 'helm' : step.kind, step.paths.length > 0 ? step.paths : ['.']);
    // sops decrypts files in place; the output of the other tools is unknown here.
    if (step.kind !== 'sops') this.#isStream = true;
  }

  async #runYtt(step: PackageTemplateStep, paths: readonly string[]): Promise<void> {
    const input = this.#input('ytt', paths);
    if (input === undefined) return;
    const inline = Object.entries(step.files).map(([path, content]) => [path, Buffer.from(content)] as const);
    const files = [...input.files, ...inline];
    const isTemplate = files.some(([path, content]) => YAML_FILE.test(path) && usesYtt(content.toString('utf8')));
    const stream = input.hasStream ? this.documents : [];
    this.#isStream = true;
    if (isTemplate && this.#ytt !== undefined && !this.hasUnknownDocuments) {
      const run: YttRun = { files: this.#folder.files, inline, paths, step, stream: stream.map(({ value }) => value) };
      const result = await this.#ytt(run, this.#signal);
      if ('text' in result) {
        this.documents = documentsOf(result.text, undefined, true, this.unread);
        return;
      }
      this.renderFailure = result.reason;
    }
    const templates = files.filter(([path, content]) => YAML_FILE.test(path) && usesYtt(content.toString('utf8')));
    if (templates.length > 0)
      this.notRun.set(
        'ytt',
        templates.map(([path]) => path),
      );
    const isTemplatePath = new Set(templates.map(([path]) => path));
    const own = files
      .filter(([path]) => YAML_FILE.test(path) && !YTT_LIBRARY.test(path))
      .flatMap(([path, content]) =>
        documentsOf(content.toString('utf8'), path, !isTemplatePath.has(path), this.unread),
      );
    this.documents = [...stream, ...own];
  }

  /** Whether documents may be missing because an earlier step was not run. */
  get hasUnknownDocuments(): boolean {
    return [...this.notRun.keys()].some((tool) => tool !== 'sops');
  }

  #runKbld(paths: readonly string[]): void {
    const input = this.#input('kbld', paths);
    if (input === undefined) return;
    const files = input.files.filter(([path]) => /\.(?:ya?ml|json)$/.test(path));
    const own = files.flatMap(([path, content]) =>
      documentsOf(content.toString('utf8'), path, !usesYtt(content.toString('utf8')), this.unread),
    );
    const all = [...(input.hasStream ? this.documents : []), ...own];
    const configs: KbldConfig[] = [];
    const resources: TemplateDocument[] = [];
    try {
      for (const document of all) {
        const config = kbldConfigOf(document.value);
        if (config === undefined) resources.push(document);
        else configs.push(config);
      }
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof AirgapError)) throw error;
      this.failure = { tool: 'kbld', reason: error.message };
      return;
    }
    const kbld = new Kbld(configs);
    this.kblds.push(kbld);
    this.documents = resources.map((document) => ({ ...document, value: kbld.apply(document.value) }));
    this.#isStream = true;
  }

  /** The input of a step; if it is missing, the failure is recorded and the result is undefined. */
  #input(tool: string, paths: readonly string[]): { files: [string, Buffer][]; hasStream: boolean } | undefined {
    const files = new Map<string, Buffer>();
    for (const path of paths) {
      if (path === '-') {
        if (this.#isStream) continue;
        this.failure = { tool, reason: 'its first step reads the output of a step before it' };
        return undefined;
      }
      const found = this.#folder.at(path);
      if (found === undefined && this.#folder.isComplete) {
        this.failure = { tool, reason: `there is no ${path}` };
        return undefined;
      }
      for (const [file, content] of found ?? []) files.set(file, content);
      for (const file of this.#folder.unreadAt(path)) {
        if (YAML_FILE.test(file)) this.unread.set(file, 'it is too large');
      }
    }
    return { files: [...files], hasStream: paths.includes('-') };
  }

  #skip(tool: string, paths: readonly string[]): void {
    const files = paths.flatMap((path) => (this.#folder.at(path) ?? []).map(([file]) => file));
    this.notRun.set(tool, files);
    for (const [path, content] of paths.flatMap((each) => this.#folder.at(each) ?? [])) {
      // The chart's default values.
      if (!/(?:^|\/)values[^/]*\.ya?ml$/.test(path)) continue;
      this.documents.push(...documentsOf(content.toString('utf8'), path, false, new Map()));
    }
  }
}

/** The documents of a YAML text; lists are split into their objects, as in kbld and kapp. */
function documentsOf(
  source: string,
  path: string | undefined,
  isCertain: boolean,
  unread: Map<string, string>,
): TemplateDocument[] {
  return parseYamlDocuments(source).flatMap((document) => {
    // ytt templates often have duplicate keys with different conditions.
    const error = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
    const value = error === undefined ? yamlValue(document) : undefined;
    if (value === undefined) {
      if (document.contents !== null)
        unread.set(path ?? 'the output of ytt', error?.message ?? 'it has too many aliases');
      return [];
    }
    if (!isRecord(value)) return [];
    const { items } = value;
    const values = Array.isArray(items) ? array(items) : [value];
    return values.map((each) => {
      const { apiVersion, kind, metadata } = record(each);
      const isObject = text(apiVersion) !== undefined && text(kind) !== undefined;
      const name = `${text(kind) ?? ''} ${text(record(metadata)['name']) ?? ''}`.trim();
      const source = isObject ? (path === undefined ? name : `${name} (${path})`) : (path ?? 'a document');
      return { value: each, source, isCertain: isCertain && isObject };
    });
  });
}
