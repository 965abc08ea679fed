import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mayLeadTo, scopeOf } from '../../../src/net/http/address-scope.ts';

// Addresses of IANA's special-purpose registries, and the metadata services of clouds.
for (const [scope, addresses] of [
  ['public', ['1.1.1.1', '203.0.114.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1']],
  ['private', ['64:ff9b::a00:1', '::ffff:c0a8:1']],
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']],
  ['never', ['169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fe80::1', 'fe80::1%eth0', '0.0.0.0']],
  ['never', ['::', '224.0.0.1', '255.255.255.255', 'ff02::1', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16']],
  ['never', ['', 'localhost', '0x7f.1', '2130706433']],
] as const) {
  for (const address of addresses) test(`${address} is ${scope}`, () => assert.equal(scopeOf(address), scope));
}

test('an outside server may lead outside, an inside one also inside, and none to link-local addresses', () => {
  assert.ok(mayLeadTo('public', 'public') && mayLeadTo('private', 'private') && mayLeadTo('loopback', 'loopback'));
  assert.ok(mayLeadTo('private', 'public') && mayLeadTo('loopback', 'private'));
  assert.ok(!mayLeadTo('public', 'private') && !mayLeadTo('public', 'loopback') && !mayLeadTo('private', 'loopback'));
  for (const home of ['public', 'private', 'loopback'] as const) assert.ok(!mayLeadTo(home, 'never'));
});
