import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Side } from '../../../src/oci/auth/credentials.ts';
import { CredentialStore } from '../../../src/workbench/credentials/credential-store.ts';
import type { Notes, SecretKeeper } from '../../../src/workbench/credentials/credential-store.ts';
import { CredentialsInUse } from '../../../src/workbench/credentials/credentials-in-use.ts';
import { parsePrefix, readEntered, writeEntered } from '../../../src/workbench/credentials/entered-credential.ts';
import type { EnteredCredential } from '../../../src/workbench/credentials/entered-credential.ts';
import { findEntered, HostCredentials } from '../../../src/workbench/credentials/host-credentials.ts';
import { KnownSecrets } from '../../../src/oci/auth/known-secrets.ts';

const registry = 'registry.example:5000';

function entered(username: string, prefix = '', side?: Side): EnteredCredential {
  const all = { id: username, registry, prefix, kind: 'basic', username, secret: `${username}-password` } as const;
  return side === undefined ? all : { ...all, side };
}

/** SecretStorage as VS Code has it: shared by all windows, each of which is notified of changes. */
function keeper(): SecretKeeper & { readonly content: Map<string, string>; broken: boolean } {
  const content = new Map<string, string>();
  const listeners = new Set<(event: { key: string }) => void>();
  const tell = (key: string) => listeners.forEach((listener) => listener({ key }));
  return {
    content,
    broken: false,
    keys: () => Promise.resolve([...content.keys()]),
    get: (key) => Promise.resolve(content.get(key)),
    store(key, value) {
      if (this.broken) return Promise.reject(new Error('no keyring'));
      content.set(key, value);
      tell(key);
      return Promise.resolve();
    },
    delete: (key) => {
      content.delete(key);
      tell(key);
      return Promise.resolve();
    },
    onDidChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
}

function notebook(): Notes {
  const content = new Map<string, unknown>();
  return {
    get: (key) => content.get(key),
    update: (key, value) => {
      content.set(key, value);
      return Promise.resolve();
    },
  };
}

function store(secrets: SecretKeeper, notes = notebook()) {
  const seen = { changes: [] as (string | undefined)[], problems: 0, lost: [] as (readonly string[])[] };
  const lost = (registries: readonly string[]) => void seen.lost.push(registries);
  const changed = (of: string | undefined) => void seen.changes.push(of);
  return { seen, store: new CredentialStore({ secrets, notes, lost, changed, problem: () => (seen.problems += 1) }) };
}

describe('the credential for a repository', () => {
  const all = [
    entered('everywhere'),
    entered('team', 'team'),
    entered('app', 'team/app'),
    entered('writer', 'team', 'destination'),
  ];
  const cases: [repository: string, side: Side, username: string | undefined][] = [
    ['', 'source', 'everywhere'],
    ['other/app', 'source', 'everywhere'],
    ['team', 'source', 'team'],
    ['team/app', 'destination', 'app'],
    ['team/app/deep', 'source', 'app'],
    ['team/apple', 'source', 'team'],
    ['team/apple', 'destination', 'writer'],
    ['teams/app', 'source', 'everywhere'],
  ];
  for (const [repository, side, username] of cases) {
    it(`'${repository}' as ${side} is that of ${username}`, () => {
      assert.equal(findEntered(all, { registry, repository, side })?.username, username);
    });
  }

  it('is none if there are only others: of another port, another side, another repository', () => {
    const others = [entered('team', 'team'), entered('writer', '', 'destination')];
    assert.equal(findEntered(others, { registry, repository: '', side: 'source' }), undefined);
    assert.equal(findEntered(others, { registry: 'registry.example', repository: 'team', side: 'source' }), undefined);
  });
});

describe('a credential that was entered', () => {
  it('is read as it was written, and unknown formats are left alone', () => {
    for (const each of [entered('robot$team', 'team', 'source'), entered('robot')]) {
      assert.deepEqual(readEntered(each.id, writeEntered(each)), each);
    }
    const bad = ['', 'null', '[]', '{"registry":1}', writeEntered(entered('x')).replace('basic', 'kerberos')];
    for (const text of bad) assert.equal(readEntered('id', text), undefined, text);
  });

  it('applies to a prefix, however that is typed', () => {
    for (const typed of ['team/app', ' team/app/ ', `${registry}/team/app`, `https://${registry}/team/app:1.0`]) {
      assert.equal(parsePrefix(registry, typed), 'team/app', typed);
    }
    for (const typed of ['', ' ', '/', registry]) assert.equal(parsePrefix(registry, typed), '', typed);
    assert.throws(() => parsePrefix(registry, 'team/App'), { code: 'oci.repository-invalid' });
  });
});

describe('the credential store', () => {
  it('keeps each under its own key, and notifies the other windows', async () => {
    const secrets = keeper();
    const [one, two] = [store(secrets), store(secrets)];
    assert.deepEqual(await two.store.all(), []);
    assert.equal(await one.store.put(entered('robot')), true);
    assert.equal(await two.store.put(entered('team', 'team')), true);
    assert.equal(secrets.content.size, 2);
    assert.deepEqual(await one.store.of(registry), [entered('robot'), entered('team', 'team')]);
    // Each is notified once, because the result is a question with a password that may be wrong. A window that has not seen the
    // credential cannot tell whose it is.
    assert.deepEqual(one.seen.changes, [registry, undefined]);
    assert.deepEqual(two.seen.changes, [undefined, registry]);
    await two.store.remove([entered('robot')]);
    assert.deepEqual(await one.store.all(), [entered('team', 'team')]);
    assert.deepEqual(one.seen.changes.slice(2), [registry]);
    assert.deepEqual(two.seen.changes.slice(2), [registry]);
  });

  it('says once which of them the platform has lost, and not those that were removed', async () => {
    const [notes, secrets] = [notebook(), keeper()];
    const before = store(secrets, notes);
    await before.store.put(entered('robot'));
    await before.store.put(entered('removed'));
    await before.store.remove([entered('removed')]);
    assert.deepEqual(await before.store.all(), [entered('robot')]);
    const restarted = store(secrets, notes);
    assert.deepEqual(await restarted.store.all(), [entered('robot')]);
    assert.deepEqual(restarted.seen.lost, []);
    // After a reload, as in code-server, the secrets are gone but not the notes.
    const after = store(keeper(), notes);
    assert.deepEqual(await after.store.all(), []);
    await after.store.put(entered('new'));
    await after.store.all();
    assert.deepEqual(after.seen.lost, [[registry]]);
  });

  it('keeps them for this window if the machine has no keyring', async () => {
    const secrets = keeper();
    secrets.broken = true;
    const { store: broken, seen } = store(secrets);
    assert.equal(await broken.put(entered('robot')), false);
    assert.equal(seen.problems, 1);
    assert.deepEqual(await broken.all(), [entered('robot')]);
    await broken.remove([entered('robot')]);
    assert.deepEqual(await broken.all(), []);
    assert.deepEqual(seen.changes, [registry, registry]);
  });
});

describe('the credentials of the extension', () => {
  const docker = { origin: 'docker config', kind: 'basic', username: 'docker', password: 'docker-password' } as const;
  const provider = async (...credentials: EnteredCredential[]) => {
    const { store: kept } = store(keeper());
    for (const each of credentials) await kept.put(each);
    const secrets = new KnownSecrets();
    return { secrets, host: new HostCredentials({ store: kept, others: () => Promise.resolve(docker), secrets }) };
  };

  it('are those entered, before those of the machine', async () => {
    const { host } = await provider(entered('team', 'team'));
    const ask = (repository: string) => host.relocation({ registry, repository, side: 'source' });
    assert.equal((await ask('team/app'))?.origin, 'VS Code: team');
    assert.equal((await ask('other'))?.origin, 'docker config');
  });

  it('may differ for each side; browsing a registry uses either', async () => {
    const { host } = await provider(entered('writer', '', 'destination'));
    const request = { registry, repository: '', side: 'source' } as const;
    assert.equal((await host.relocation(request))?.origin, 'docker config');
    assert.equal((await host.browsing(request))?.origin, 'VS Code: writer');
  });

  it('are removed from texts in each form in which a server may return them', async () => {
    const { host, secrets } = await provider({ ...entered('robot'), secret: 'p ss"wörd' });
    await host.relocation({ registry, repository: '', side: 'source' });
    const basic = Buffer.from('robot:p ss"wörd').toString('base64');
    const forms = ['p ss"wörd', encodeURIComponent('p ss"wörd'), 'p ss\\"wörd', basic];
    for (const form of forms) assert.equal(secrets.hide(`you sent ${form}!`), 'you sent •••!', form);
    secrets.noteUrl('http://me:hunter%2F2@proxy.example:3128');
    assert.equal(secrets.hide('hunter/2 hunter%2F2'), '••• •••');
  });
});

describe('the credential in use', () => {
  it('is reported when it changes, and only if a registry requires one', async () => {
    const reported: string[] = [];
    const used = new CredentialsInUse((host, repository) => reported.push(`${host}/${repository}`));
    let origin: string | undefined = 'VS Code: robot';
    const give = used.watch(() =>
      Promise.resolve(origin === undefined ? undefined : { origin, kind: 'registry-token', token: 'token' }),
    );
    const request = { registry, repository: '', side: 'source' } as const;
    assert.equal(used.at(registry), undefined);
    await give(request);
    await give(request);
    assert.deepEqual(used.at(registry), { origin: 'VS Code: robot' });
    assert.deepEqual(reported, [`${registry}/`]);
    origin = undefined;
    await give(request);
    assert.deepEqual(used.at(registry), { origin: undefined });
    assert.equal(reported.length, 2);
    used.reset();
    assert.equal(used.at(registry), undefined);
  });
});
