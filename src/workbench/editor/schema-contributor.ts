import { isSyncName, mayContainSync } from './carvel-kinds.ts';

/** The URI scheme under which the YAML extension requests the schema; lower case, because URIs are compared that way. */
export const SCHEMA_NAME = 'carvelairgap';

const SCHEMA_URI = `${SCHEMA_NAME}://schema/carvel`;
const SYNC_URI = `${SCHEMA_NAME}://schema/sync`;
const SUPPORTED_KIND = /^kind:[ \t]*["']?(?:PackageRepository|BundleLock|ImagesLock)\b/m;
const GROUP = /^apiVersion:[ \t]*["']?[\w.]*carvel\.dev\//m;

/** The callbacks of the YAML extension's API. */
export interface SchemaContributor {
  /** @param resource the URI of a document */
  readonly uriFor: (resource: string) => string | undefined;
  readonly contentOf: (schemaUri: string) => Promise<string>;
}

/**
 * Selects documents by content, whatever their file name.
 * @param textOf returns the text of an open document
 */
export function schemaContributor(textOf: (resource: string) => string | undefined): SchemaContributor {
  return {
    uriFor: (resource) => {
      const text = textOf(resource);
      if (text !== undefined && (mayContainSync(text) || isSyncName(resource))) return SYNC_URI;
      return text !== undefined && SUPPORTED_KIND.test(text) && GROUP.test(text) ? SCHEMA_URI : undefined;
    },
    contentOf: async (schemaUri) => {
      if (schemaUri === SYNC_URI) return JSON.stringify((await import('../../sync/sync-schema.ts')).SYNC_SCHEMA);
      if (schemaUri !== SCHEMA_URI) return '{}';
      const { CARVEL_SCHEMA } = await import('../../packaging/documents/schema.ts');
      return JSON.stringify(CARVEL_SCHEMA);
    },
  };
}
