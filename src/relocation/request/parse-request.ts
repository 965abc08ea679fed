import { defined, record, text, wholeNumber } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import type {
  RelocationDestinationSpec,
  RelocationOptions,
  RelocationRequest,
  RelocationSourceSpec,
} from './request.ts';

const SWITCHES = [
  'repoBasedTags',
  'cosignSignatures',
  'referrers',
  'includeNonDistributable',
  'repair',
  'keepGoing',
] as const;

/** Creates the error for an invalid field, in the terms of the file being read. */
export type Invalid = (reason: string) => Error;

/**
 * Parses a request stored as JSON. `resume` applies only to the original request and is not stored.
 * @throws the error from `invalid`, naming the field and the expected value
 */
export function parseRequest(value: unknown, invalid: Invalid): RelocationRequest {
  const { source, destination, options } = record(value);
  return {
    source: sourceOf(source, invalid),
    destination: destinationOf(destination, invalid),
    options: optionsOf(options, invalid),
  };
}

function sourceOf(value: unknown, invalid: Invalid): RelocationSourceSpec {
  const { kind, reference, path, format, ignoreBundleCheck } = record(value);
  if (kind === 'archive' && typeof path === 'string') return { kind, path, ...formatOf(format) };
  if (kind === 'lock' && typeof path === 'string') return { kind, path };
  if ((kind === 'bundle' || kind === 'any') && typeof reference === 'string') return { kind, reference };
  if (kind === 'image' && typeof reference === 'string') {
    return { kind, reference, ...(ignoreBundleCheck === true ? { ignoreBundleCheck } : {}) };
  }
  throw invalid('request.source: expected what --report writes');
}

function destinationOf(value: unknown, invalid: Invalid): RelocationDestinationSpec {
  const { kind, repository, path, format } = record(value);
  if (kind === 'repository' && typeof repository === 'string') return { kind, repository };
  if (kind === 'archive' && typeof path === 'string') return { kind, path, ...formatOf(format) };
  throw invalid('request.destination: expected what --report writes');
}

function formatOf(value: unknown): { format?: 'oci' } {
  return value === 'oci' ? { format: value } : {};
}

function optionsOf(value: unknown, invalid: Invalid): RelocationOptions {
  const options = record(value);
  for (const name of SWITCHES) {
    if (!['undefined', 'boolean'].includes(typeof options[name])) {
      throw invalid(`request.options.${name}: expected true or false`);
    }
  }
  const on = SWITCHES.filter((name) => options[name] === true).map((name) => [name, true]);
  const off = options['referrers'] === false ? { referrers: false } : {};
  const texts = (['toTag', 'since', 'sign', 'signedBy', 'policy', 'beforeTag'] as const).flatMap((name) => {
    const given = text(options[name]);
    return given === undefined ? [] : [[name, given]];
  });
  const policyMode = options['policyMode'] === 'warn' ? ('warn' as const) : undefined;
  const [packages, platforms] = [textsOf(options, 'packages', invalid), textsOf(options, 'platforms', invalid)];
  const volumeSize = wholeNumber(options['volumeSize']);
  return {
    ...Object.fromEntries(on),
    ...off,
    ...Object.fromEntries(texts),
    ...defined({ policyMode }),
    ...(packages === undefined ? {} : { packages }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(volumeSize === undefined ? {} : { volumeSize }),
  };
}

function textsOf(options: JsonRecord, name: string, invalid: Invalid): string[] | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalid(`request.options.${name}: expected a list of texts`);
}
