import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { cliCredentials } from '../../../src/cli/credentials.ts';
import type { Side } from '../../../src/oci/auth/credentials.ts';
import { parseFlags } from '../../../src/cli/flags/parse-flags.ts';
import { COPY_FLAGS } from '../../../src/cli/flags/copy-flags.ts';

const PER_REGISTRY = {
  IMGPKG_REGISTRY_HOSTNAME: 'a.example',
  IMGPKG_REGISTRY_USERNAME: 'keychain',
  IMGPKG_REGISTRY_PASSWORD: 'k',
};
const SIMPLE = { IMGPKG_USERNAME: 'variable', IMGPKG_PASSWORD: 'v', IMGPKG_TOKEN: 'variable-token' };

async function ask(
  args: readonly string[],
  environment: Record<string, string>,
  registry = 'a.example',
  side: Side = 'source',
) {
  const { values } = parseFlags(
    COPY_FLAGS.flatMap(({ flags }) => flags),
    args,
  );
  const provider = cliCredentials(values, { HOME: '/nonexistent', ...environment }, () => undefined);
  const credential = await provider({ side, registry, repository: 'x' });
  return credential === undefined ? 'anonymous' : credential.kind === 'basic' ? credential.username : credential.token;
}

describe("credentials are searched in imgpkg's order:", () => {
  const flags = ['--registry-username', 'flag', '--registry-password', 'f'];

  test('the variable of the registry before a flag', async () => {
    assert.equal(await ask(flags, { ...PER_REGISTRY, ...SIMPLE }), 'keychain');
  });
  test('a flag before its variable, for all registries', async () => {
    assert.equal(await ask(flags, { ...PER_REGISTRY, ...SIMPLE }, 'b.example'), 'flag');
  });
  test('a user before a token', async () => {
    assert.equal(await ask(['--registry-token', 't'], SIMPLE, 'b.example'), 'variable');
  });
  test('a token before anonymous', async () => {
    assert.equal(await ask(['--registry-token', 't', '--registry-anon'], {}, 'b.example'), 't');
    assert.equal(await ask([], { IMGPKG_TOKEN: 'v', IMGPKG_ANON: 'true' }, 'b.example'), 'v');
  });
  test('a match without a secret is anonymous and ends the search', async () => {
    assert.equal(await ask(flags, { IMGPKG_REGISTRY_HOSTNAME: 'a.example' }), 'anonymous');
  });
  test('credentials for one side before all others, and only for that side', async () => {
    const sides = ['--from-registry-username', 'from', '--to-registry-token=to', ...flags];
    assert.equal(await ask(sides, PER_REGISTRY), 'from');
    assert.equal(await ask(sides, PER_REGISTRY, 'a.example', 'destination'), 'to');
    assert.equal(await ask(['--from-registry-username', 'from', ...flags], {}, 'b.example', 'destination'), 'flag');
    const variables = { CARVEL_AIRGAP_TO_USERNAME: 'variable', CARVEL_AIRGAP_FROM_ANON: 'true', ...PER_REGISTRY };
    assert.equal(await ask(flags, variables, 'a.example', 'destination'), 'variable');
    assert.equal(await ask(flags, variables), 'anonymous');
    assert.equal(await ask(['--from-registry-anon'], SIMPLE), 'anonymous');
  });
  test('no credentials are anonymous', async () => assert.equal(await ask([], {}), 'anonymous'));
});
