import { isRecord, member } from '../base/json.ts';

/** os/architecture[/variant] of a descriptor's `platform` or of a config (OCI image-spec, image-index.md and config.md). */
export function platformText(platform: unknown): string | undefined {
  if (!isRecord(platform)) return undefined;
  const parts = ['os', 'architecture', 'variant'].map((key) => member(platform, key));
  const texts = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return texts.length === 0 ? undefined : texts.join('/');
}
