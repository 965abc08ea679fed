import { isRecord, record, array, text, defined } from '../base/json.ts';
import type { PackageRepository } from './package-repository.ts';
import { parseYamlValue } from './yaml-text.ts';

/** What the last fetch resolved the reference to; `tag` is the tag selected by a semver constraint. */
export interface ResolvedBundle {
  /** `<registry>/<path>@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly tag?: string;
}

/** Parses vendir's lock config in `status.fetch.stdout`, which may follow other lines. */
export function resolvedBundle(stdout: string | undefined): ResolvedBundle | undefined {
  const start = stdout?.search(/^apiVersion: vendir\.k14s\.io\//m) ?? -1;
  if (stdout === undefined || start < 0) return undefined;
  const lock = record(parseYamlValue(stdout.slice(start)));
  for (const content of array(record(array(lock['directories'])[0])['contents'])) {
    const bundle = record(content)['imgpkgBundle'];
    if (!isRecord(bundle)) continue;
    const image = text(bundle['image']);
    const digest = image?.split('@')[1];
    if (image !== undefined && digest !== undefined) return { image, digest, ...defined({ tag: text(bundle['tag']) }) };
  }
  return undefined;
}

/**
 * The digest reference of the bundle that a PackageRepository currently uses; undefined if it was not fetched yet or is
 * not a bundle.
 */
export function bundleReference({ source, status }: Pick<PackageRepository, 'source' | 'status'>): string | undefined {
  if (source.kind !== 'imgpkgBundle') return undefined;
  return source.image.includes('@') ? source.image : resolvedBundle(status?.fetch?.stdout)?.image;
}
