import type { FlagGroup } from './flag.ts';

/** Flags for connections to registries and for credentials. */
export const REGISTRY_FLAGS: FlagGroup = {
  title: 'Registries',
  flags: [
    {
      name: 'registry-ca-cert-path',
      kind: 'list',
      value: 'FILE',
      help: 'CA certificates (PEM) to trust in addition to the system’s; can be repeated',
    },
    {
      name: 'registry-client-cert',
      kind: 'list',
      value: 'HOST=FILE',
      help: 'Client certificate and key (PEM, in one file) for this registry only; can be repeated',
    },
    { name: 'registry-verify-certs', kind: 'boolean', help: 'Verify the certificates of registries (default true)' },
    { name: 'registry-insecure', kind: 'boolean', help: 'Use HTTP for registries that do not support HTTPS' },
    {
      name: 'registry-username',
      kind: 'text',
      value: 'NAME',
      help: 'User name for all registries ($IMGPKG_USERNAME)',
    },
    {
      name: 'registry-password',
      kind: 'text',
      value: 'TEXT',
      help: 'Password for all registries (prefer $IMGPKG_PASSWORD, which other users of the machine cannot see)',
    },
    {
      name: 'registry-token',
      kind: 'text',
      value: 'TEXT',
      help: 'Bearer token for all registries ($IMGPKG_TOKEN)',
    },
    {
      name: 'registry-anon',
      kind: 'boolean',
      help: 'Use no credentials, not even those of docker login ($IMGPKG_ANON)',
    },
    {
      name: 'registry-response-header-timeout',
      kind: 'duration',
      value: 'DURATION',
      help: 'Timeout for the start of a response, such as 90s (default 60s)',
    },
    {
      name: 'registry-retry-count',
      kind: 'number',
      value: 'N',
      help: 'Maximum attempts for a request that fails temporarily (default 6)',
    },
    {
      name: 'stall-timeout',
      kind: 'duration',
      value: 'DURATION',
      help: 'Abort a connection that transfers no data for this long, and resume (default 60s)',
    },
    {
      name: 'trust-token-realm',
      kind: 'list',
      value: 'HOST',
      help: 'Token server on another host that may receive a registry’s password; can be repeated',
    },
  ],
};
