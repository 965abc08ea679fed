import { stringify } from 'yaml';
import { record } from '../base/json.ts';
import { writableMetadata } from './read-document.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * YAML of a stored object for display and comparison: without status and fields managed by the server or the
 * controller, with keys in a fixed order, so that every difference is one of content.
 */
export function repositoryYaml(value: unknown): string {
  const { apiVersion, kind, metadata, spec } = record(value);
  const { finalizers: _, ownerReferences: __, annotations, ...kept } = writableMetadata(metadata);
  const { [LAST_APPLIED]: ___, ...shownAnnotations } = record(annotations);
  return stringify(
    {
      apiVersion,
      kind,
      metadata: { ...kept, ...(Object.keys(shownAnnotations).length > 0 && { annotations: shownAnnotations }) },
      spec,
    },
    { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
}
