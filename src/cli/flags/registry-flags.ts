import type { FlagGroup } from './flag.ts';

/** How registries are reached, and with which credentials. */
export const REGISTRY_FLAGS: FlagGroup = {
  title: 'Registries',
  flags: [
    {
      name: 'registry-ca-cert-path',
      kind: 'list',
      value: 'FILE',
      help: 'CA certificates (PEM) to trust besides the system’s; may be given several times',
    },
    {
      name: 'registry-client-cert',
      kind: 'list',
      value: 'HOST=FILE',
      help: 'Certificate and key (PEM, in one file) that are shown to this registry only; may be given several times',
    },
    { name: 'registry-verify-certs', kind: 'boolean', help: 'Check the certificates of registries (default true)' },
    { name: 'registry-insecure', kind: 'boolean', help: 'Use http where a registry does not speak https' },
    {
      name: 'registry-username',
      kind: 'text',
      value: 'NAME',
      help: 'User for all registries ($IMGPKG_USERNAME)',
    },
    {
      name: 'registry-password',
      kind: 'text',
      value: 'TEXT',
      help: 'Password for all registries ($IMGPKG_PASSWORD, which other users of the machine do not see)',
    },
    {
      name: 'registry-token',
      kind: 'text',
      value: 'TEXT',
      help: 'Bearer token for all registries ($IMGPKG_TOKEN)',
    },
    { name: 'registry-anon', kind: 'boolean', help: 'No credentials, not even those of docker login ($IMGPKG_ANON)' },
    {
      name: 'registry-response-header-timeout',
      kind: 'duration',
      value: 'DURATION',
      help: 'Longest wait for an answer to begin, such as 90s (default 60s)',
    },
    {
      name: 'registry-retry-count',
      kind: 'number',
      value: 'N',
      help: 'How often a request is sent at the most while it fails for a passing reason (default 6)',
    },
    {
      name: 'stall-timeout',
      kind: 'duration',
      value: 'DURATION',
      help: 'Give a connection up, and resume, when no byte moves for this long (default 60s)',
    },
    {
      name: 'trust-token-realm',
      kind: 'list',
      value: 'HOST',
      help: 'Token server on another host that may be sent a registry’s password; may be given several times',
    },
  ],
};
