/** The scheme of the schema's address, by which the YAML extension finds who has it: in lower case, as URIs are compared. */
export const SCHEMA_NAME = 'carvelairgap';

const SCHEMA_URI = `${SCHEMA_NAME}://schema/carvel`;
const OURS = /^kind:[ \t]*["']?(?:PackageRepository|BundleLock|ImagesLock)\b/m;
const GROUP = /^apiVersion:[ \t]*["']?[\w.]*carvel\.dev\//m;

/** The two questions of the YAML extension's API: is this file ours, and what is the schema? */
export interface SchemaContributor {
  /** @param resource the URI of a document, as text */
  readonly uriFor: (resource: string) => string | undefined;
  readonly contentOf: (schemaUri: string) => Promise<string>;
}

/** By what is in the file, whatever its name. @param textOf an open document's text */
export function schemaContributor(textOf: (resource: string) => string | undefined): SchemaContributor {
  return {
    uriFor: (resource) => {
      const text = textOf(resource);
      return text !== undefined && OURS.test(text) && GROUP.test(text) ? SCHEMA_URI : undefined;
    },
    contentOf: async (schemaUri) => {
      if (schemaUri !== SCHEMA_URI) return '{}';
      const { CARVEL_SCHEMA } = await import('../../packaging/documents/schema.ts');
      return JSON.stringify(CARVEL_SCHEMA);
    },
  };
}
