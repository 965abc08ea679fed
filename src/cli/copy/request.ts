import type {
  PolicyMode,
  RelocationDestinationSpec,
  RelocationOptions,
  RelocationRequest,
  RelocationSourceSpec,
} from '../../relocation/request/request.ts';
import { defined } from '../../base/json.ts';
import { cliError } from '../errors.ts';
import type { FlagValues } from '../flags/flag.ts';

/**
 * The request of a copy command. Rejects invalid combinations in imgpkg's order and words.
 * @throws cli.one-source, cli.one-destination, cli.ignore-bundle-check-with-bundle, cli.tar-to-tar,
 * cli.lock-output-with-tar, cli.needs-to-tar, cli.delta-in-layout, cli.needs-tar, cli.nothing-to-sign,
 * cli.signed-by-alone, cli.nothing-signed, cli.no-signed-receipt
 */
export function requestOf(values: FlagValues): RelocationRequest {
  const source = sourceOf(values);
  const destination = destinationOf(values);
  if (values.boolean('ignore-bundle-check') === true && source.kind === 'bundle') {
    throw cliError('ignore-bundle-check-with-bundle');
  }
  const forTar = ['since', 'volume-size'].find(
    (name) => values.text(name) !== undefined || values.size(name) !== undefined,
  );
  if (forTar === 'since' && destination.kind === 'archive' && destination.format === 'oci')
    throw cliError('delta-in-layout');
  if (forTar !== undefined && (destination.kind !== 'archive' || destination.format !== undefined))
    throw cliError('needs-to-tar', { flag: `--${forTar}` });
  const forImport = ['receipt', 'after'].find((name) => values.text(name) !== undefined);
  if (forImport !== undefined && (source.kind !== 'archive' || destination.kind !== 'repository')) {
    throw cliError('needs-tar', { flag: `--${forImport}` });
  }
  checkSignatureFlags(values, source, destination);
  if (destination.kind === 'archive') {
    if (source.kind === 'archive') throw cliError('tar-to-tar');
    if (values.text('lock-output') !== undefined) throw cliError('lock-output-with-tar');
  }
  const options = optionsOf(values);
  const [sign, signedBy] = [values.text('sign'), values.text('signed-by')];
  // An import signs its receipt, not what it copies.
  if (destination.kind !== 'archive' || sign === undefined) return { source, destination, options };
  return { source, destination, options: { ...options, sign, ...(signedBy === undefined ? {} : { signedBy }) } };
}

/** @throws cli.nothing-to-sign, cli.signed-by-alone, cli.nothing-signed, cli.no-signed-receipt */
function checkSignatureFlags(
  values: FlagValues,
  { kind: from }: RelocationSourceSpec,
  { kind: to }: RelocationDestinationSpec,
): void {
  const isSigned = values.text('sign') !== undefined;
  if (isSigned && to !== 'archive' && values.text('receipt') === undefined) throw cliError('nothing-to-sign');
  if (values.text('signed-by') !== undefined && !(isSigned && to === 'archive')) throw cliError('signed-by-alone');
  const reads = from === 'archive' || values.text('since') !== undefined;
  if (values.list('require-signature').length > 0 && !reads) throw cliError('nothing-signed');
  const isAfter = values.text('after') !== undefined;
  if (values.list('require-receipt-signature').length > 0 && !isAfter) throw cliError('no-signed-receipt');
}

function sourceOf(values: FlagValues): RelocationSourceSpec {
  const [bundle, image, lock, tar, oci] = ['bundle', 'image', 'lock', 'tar', 'oci'].map((name) => values.text(name));
  const ignoreBundleCheck = values.boolean('ignore-bundle-check') === true;
  const given: RelocationSourceSpec[] = [
    ...(bundle === undefined ? [] : [{ kind: 'bundle' as const, reference: bundle }]),
    ...(image === undefined
      ? []
      : [{ kind: 'image' as const, reference: image, ...(ignoreBundleCheck ? { ignoreBundleCheck } : {}) }]),
    ...(lock === undefined ? [] : [{ kind: 'lock' as const, path: lock }]),
    ...(tar === undefined ? [] : [{ kind: 'archive' as const, path: tar }]),
    ...(oci === undefined ? [] : [{ kind: 'archive' as const, path: oci, format: 'oci' as const }]),
  ];
  const [source, second] = given;
  if (source === undefined || second !== undefined) throw cliError('one-source');
  return source;
}

/** @throws cli.one-destination */
export function destinationOf(values: FlagValues): RelocationDestinationSpec {
  const [repository, path, oci] = [values.text('to-repo'), values.text('to-tar'), values.text('to-oci')];
  const given: RelocationDestinationSpec[] = [
    ...(repository === undefined ? [] : [{ kind: 'repository' as const, repository }]),
    ...(path === undefined ? [] : [{ kind: 'archive' as const, path }]),
    ...(oci === undefined ? [] : [{ kind: 'archive' as const, path: oci, format: 'oci' as const }]),
  ];
  const [destination, second] = given;
  if (destination !== undefined && second === undefined) return destination;
  throw cliError('one-destination');
}

/** The flags of the options that are on or off. */
export const SWITCHES = {
  repoBasedTags: 'repo-based-tags',
  cosignSignatures: 'cosign-signatures',
  referrers: 'referrers',
  includeNonDistributable: 'include-non-distributable-layers',
  repair: 'repair',
  keepGoing: 'keep-going',
} as const;

/** What also applies to a request that is read from a report. @throws cli.flag-value, cli.needs-policy */
export function gateOptions(values: FlagValues): Pick<RelocationOptions, 'policy' | 'policyMode' | 'beforeTag'> {
  return defined({
    policy: values.text('policy'),
    policyMode: policyModeOf(values),
    beforeTag: values.text('before-tag'),
  });
}

function policyModeOf(values: FlagValues): PolicyMode | undefined {
  const mode = values.text('policy-mode');
  if (mode === undefined) return undefined;
  if (values.text('policy') === undefined) throw cliError('needs-policy');
  if (mode === 'warn' || mode === 'enforce') return mode;
  throw cliError('flag-value', { flag: '--policy-mode', value: mode, reason: 'expected warn or enforce' });
}

function optionsOf(values: FlagValues): RelocationOptions {
  const on = Object.entries(SWITCHES).filter(([, flag]) => values.boolean(flag) === true);
  const off = values.boolean('referrers') === false ? { referrers: false } : {};
  const [toTag, since] = [values.text('to-tag'), values.text('since')];
  const resume = values.boolean('resume');
  const volumeSize = values.size('volume-size');
  const [packages, platforms] = [values.list('package'), values.list('platform')];
  return {
    ...Object.fromEntries(on.map(([option]) => [option, true])),
    ...off,
    ...gateOptions(values),
    ...(toTag === undefined ? {} : { toTag }),
    ...(since === undefined ? {} : { since }),
    ...(packages.length === 0 ? {} : { packages }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(volumeSize === undefined ? {} : { volumeSize }),
    ...(resume === undefined ? {} : { resume }),
  };
}
