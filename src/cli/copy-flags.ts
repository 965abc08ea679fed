import type { Flag } from './flags.ts';

export const COPY_FLAGS: readonly Flag[] = [
  { name: 'bundle', short: 'b', kind: 'text', value: 'REF', help: 'Bundle to copy, with everything its lock names' },
  { name: 'tar', kind: 'text', value: 'FILE', help: 'Tar to copy from, as imgpkg copy --to-tar writes it' },
  { name: 'to-repo', kind: 'text', value: 'REPO', help: 'Repository to copy to (registry/path, without tag)' },
  { name: 'lock-output', kind: 'text', value: 'FILE', help: 'File to write the lock of what was copied to' },
  { name: 'concurrency', kind: 'number', value: 'N', help: 'Blobs under way at once (default: the engine decides)' },
  { name: 'registry-insecure', kind: 'boolean', help: 'Use http where a registry does not speak https' },
  {
    name: 'registry-ca-cert-path',
    kind: 'list',
    value: 'FILE',
    help: 'CA certificates (PEM) to trust besides the system; may be given several times',
  },
  {
    name: 'registry-verify-certs',
    kind: 'boolean',
    help: "Check the registries' certificates (default true)",
  },
  {
    name: 'trust-token-realm',
    kind: 'list',
    value: 'HOST',
    help: "Token server on another host that may be sent a registry's password; may be given several times",
  },
  { name: 'help', short: 'h', kind: 'boolean', help: 'This text' },
];

export function helpText(): string {
  const rows = COPY_FLAGS.map(({ name, short, value, help }) => {
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    return `  ${left.padEnd(34)}${help}`;
  });
  return [
    'Relocates Carvel bundles into registries inside an air gap.',
    '',
    'Usage:',
    '  carvel-airgap copy -b REF --to-repo REPO [flags]',
    '  carvel-airgap copy --tar FILE --to-repo REPO [flags]',
    '  carvel-airgap version',
    '',
    'Flags of copy:',
    ...rows,
    '',
    'Exit code: 0 when everything was copied, 1 otherwise. Ctrl-C stops; what is complete is not sent again next time.',
    '',
  ].join('\n');
}
