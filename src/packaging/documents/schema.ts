import { IMGPKG_API_VERSION } from '../../carvel/yaml.ts';
import { PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import { BUNDLE_LOCK_KIND, IMAGES_LOCK_KIND } from './find-documents.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const strict = (description: string, properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  description,
  properties,
  required,
  additionalProperties: false,
});

const SECRET_REF = strict('A Secret in the namespace of the repository', { name: text('Its name') }, ['name']);
const TAG_SELECTION = strict('Selects a tag; the image must then have neither tag nor digest', {
  semver: strict('By semantic version: the highest that matches', {
    constraints: text('Such as ">=1.0.0 <2.0.0" or "1.8.x"; without it every version fits'),
    prereleases: strict('Without it, prereleases are ignored; {} includes all', {
      identifiers: { type: 'array', items: { type: 'string' }, description: 'Only these, such as rc' },
    }),
  }),
});
const SUB_PATH = text('The folder of the repository within the fetched content');

const FETCH: Schema = {
  ...strict('Where the packages come from: exactly one of these', {
    imgpkgBundle: strict(
      'A bundle: the only source whose references are rewritten after a relocation',
      {
        image: text('registry[:port]/path@sha256:…, or with a tag; no protocol'),
        tagSelection: TAG_SELECTION,
        secretRef: SECRET_REF,
      },
      ['image'],
    ),
    image: strict('A plain image that contains packages/; nothing is rewritten', {
      url: text('A reference'),
      subPath: SUB_PATH,
      tagSelection: TAG_SELECTION,
      secretRef: SECRET_REF,
    }),
    http: strict('An archive', {
      url: text('Its address'),
      sha256: text('Its checksum'),
      subPath: SUB_PATH,
      secretRef: SECRET_REF,
    }),
    git: { type: 'object', description: 'A git repository; nothing is rewritten' },
    inline: { type: 'object', description: 'Packages in this document; nothing is rewritten' },
  }),
  minProperties: 1,
  maxProperties: 1,
};

const REPOSITORY: Schema = {
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: PACKAGE_REPOSITORY_API_VERSION },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: { name: text('Its name'), namespace: text('A source of Packages') },
    },
    spec: strict(
      'What the repository is',
      {
        paused: flag('Neither reconciled nor deleted until it is resumed'),
        syncPeriod: text('A Go duration such as 10m or 1h30m; kapp-controller uses at least 30s'),
        fetch: FETCH,
      },
      ['fetch'],
    ),
  },
};

const LOCKED_IMAGE = text('registry[:port]/path@sha256:…');
const BUNDLE_LOCK: Schema = {
  ...strict(
    'The location of a bundle',
    {
      apiVersion: { const: IMGPKG_API_VERSION },
      kind: { const: BUNDLE_LOCK_KIND },
      bundle: strict('The bundle', { image: LOCKED_IMAGE, tag: text('For people') }, ['image']),
    },
    ['apiVersion', 'kind', 'bundle'],
  ),
};
const IMAGES_LOCK: Schema = strict(
  'All images that a bundle needs',
  {
    apiVersion: { const: IMGPKG_API_VERSION },
    kind: { const: IMAGES_LOCK_KIND },
    images: {
      type: 'array',
      items: strict(
        'One image',
        {
          image: LOCKED_IMAGE,
          annotations: {
            type: 'object',
            additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
            description: 'kbld.carvel.dev/id is the text that kbld replaces by the image',
          },
        },
        ['image'],
      ),
    },
  },
  ['apiVersion', 'kind'],
);

/**
 * A JSON schema (draft 7) for a file with one or more documents: each is validated by its kind, unknown kinds are
 * accepted.
 */
export const CARVEL_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Carvel: PackageRepository, BundleLock, ImagesLock',
  type: 'object',
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' } },
  allOf: [
    [PACKAGE_REPOSITORY_KIND, REPOSITORY] as const,
    [BUNDLE_LOCK_KIND, BUNDLE_LOCK] as const,
    [IMAGES_LOCK_KIND, IMAGES_LOCK] as const,
  ]
    // eslint-disable-next-line unicorn/no-thenable -- a JSON schema keyword
    .map(([kind, then]) => ({ if: { required: ['kind'], properties: { kind: { const: kind } } }, then })),
};
