import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chooseChallenge, parseChallenges, checkRealm } from '../../../src/oci/auth/challenge.ts';
import { nextPage } from '../../../src/oci/pagination.ts';
import { retryAfterSeconds } from '../../../src/oci/status-errors.ts';

describe('challenges', () => {
  test('parameters may be in any order, with commas and quotes in their values', () => {
    const [challenge] = parseChallenges(
      String.raw`Bearer scope="repository:a:pull,push", Realm="https://auth.example/token", service="say \"hi\"", error=invalid_token`,
    );
    assert.equal(challenge?.scheme, 'bearer');
    assert.deepEqual(Object.fromEntries(challenge?.parameters ?? []), {
      scope: 'repository:a:pull,push',
      realm: 'https://auth.example/token',
      service: 'say "hi"',
      error: 'invalid_token',
    });
  });

  test('Bearer is preferred to Basic, whatever their order', () => {
    assert.equal(chooseChallenge('Basic realm="x", Bearer realm="https://a.example/t"')?.scheme, 'bearer');
    assert.equal(chooseChallenge('Basic realm="x"')?.scheme, 'basic');
    assert.equal(chooseChallenge('Negotiate, NTLM'), undefined);
    assert.equal(chooseChallenge('Bearer service="no realm"'), undefined);
    assert.equal(chooseChallenge('"""'), undefined);
    assert.equal(chooseChallenge(undefined), undefined);
  });
});

describe('the token server that a registry names', () => {
  const registry = new URL('https://registry.example:5000');
  const rules = { registry: 'registry.example:5000', trusted: [], withSecret: true };

  test('may be on its own host, or on one that belongs to it', () => {
    assert.equal(checkRealm('https://registry.example/token', registry, rules).host, 'registry.example');
    assert.equal(checkRealm('/token', registry, rules).href, 'https://registry.example:5000/token');
    const hub = new URL('https://registry-1.docker.io');
    assert.equal(checkRealm('https://auth.docker.io/token', hub, rules).host, 'auth.docker.io');
    assert.equal(
      checkRealm('https://sso.example/token', registry, { ...rules, trusted: ['sso.example'] }).host,
      'sso.example',
    );
  });

  for (const realm of [
    'https://evil.example/token',
    'http://registry.example/token',
    'https://user:password@registry.example/token',
    'http://169.254.169.254/latest/meta-data',
    'https://auth.docker.io/token',
    'file:///etc/passwd',
  ]) {
    test(`does not get the password for ${realm}`, () => {
      assert.throws(() => checkRealm(realm, registry, rules), {
        code: 'oci.token-realm-untrusted',
      });
    });
  }
});

describe('pages of a list', () => {
  const asked = (query: string, names: readonly string[]) => ({
    url: new URL(`https://registry.example/v2/_catalog?${query}`),
    names,
    limit: 2,
  });
  const fail = (reason: string) => new Error(reason);

  for (const [what, link, query] of [
    ['only the query of a link is used', '<https://evil.example/v2/x?last=b&n=2>; rel="next"', 'last=b&n=2'],
    [
      'a marker may be called anything',
      '</v2/_catalog?next_page=a%2Fb%3D%3D&n=50>; rel="next"',
      'next_page=a%2Fb%3D%3D&n=50',
    ],
    ['a link may be relative', '<?marker=7>; rel=next', 'marker=7'],
    ['a link may have other parameters', '<?marker=7>; title="a, b; c"; rel="last next"', 'marker=7'],
    ['there may be several links', '</v2/_catalog?page=1>; rel="prev", </v2/_catalog?page=3>; rel="next"', 'page=3'],
    ['a link without a marker continues after the last name', '</v2/_catalog?n=2>; rel=next', 'n=2&last=b'],
    ['a link without a query does, too', '</v2/_catalog>; rel="next"', 'n=2&last=b'],
  ] as const) {
    test(what, () => assert.equal(nextPage(link, asked('n=2', ['a', 'b']), fail), query));
  }

  test('continue after a full page without a link, which is optional', () => {
    assert.equal(nextPage(undefined, asked('n=2', ['a', 'b']), fail), 'n=2&last=b');
    assert.equal(nextPage(undefined, asked('n=2&last=b', ['c', 'd']), fail), 'n=2&last=d');
    assert.equal(nextPage(undefined, asked('n=2&last=b', ['C', 'd']), fail), 'n=2&last=d');
  });

  test('end if there is no next link and the page is not full, or the link goes back', () => {
    assert.equal(nextPage(undefined, asked('n=2', ['a']), fail), undefined);
    assert.equal(nextPage(undefined, asked('n=2', ['a', 'b', 'c']), fail), undefined);
    assert.equal(nextPage(undefined, asked('n=2&last=b', ['a', 'b']), fail), undefined);
    assert.equal(nextPage(undefined, asked('n=2&last=z', ['a', 'b']), fail), undefined);
    assert.equal(nextPage(undefined, asked('page=7&n=2', ['a', 'b']), fail), undefined);
    assert.equal(nextPage('</v2/_catalog?page=1>; rel="prev"', asked('n=2', ['a']), fail), undefined);
    assert.equal(nextPage('</v2/_catalog?n=2>; rel="next"', asked('n=2', []), fail), undefined);
  });

  for (const [what, link] of [
    ['leads back to its own page', '</v2/_catalog?last=b>; rel="next"'],
    ['has no address', '/v2/_catalog?last=c; rel="next"'],
    ['has an address that is no URL', '<http://[?last=c>; rel="next"'],
  ] as const) {
    test(`do not end with a link ${what}: there are more, which is an error`, () => {
      assert.throws(() => nextPage(link, asked('last=b', ['a', 'b']), fail), /its link to the next page/);
    });
  }
});

test('Retry-After is in seconds or a date', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  assert.equal(retryAfterSeconds('17', now), 17);
  assert.equal(retryAfterSeconds('Sun, 22 Nov 2026 10:01:30 GMT', now), 90);
  assert.equal(retryAfterSeconds('Sun, 22 Nov 2026 09:00:00 GMT', now), 0);
  assert.equal(retryAfterSeconds('soon', now), undefined);
});
