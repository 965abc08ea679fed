// Listing referrers in registries that keep no list, lose entries, or have other writers at the same time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Limiter } from '../../../src/base/limiter.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { ReferrerLists } from '../../../src/relocation/registry/referrer-lists.ts';
import { clientsFor } from '../../support/registry-clients.ts';
import { type Answer, type Asked, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const subjectBytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
const subject = digestOf(subjectBytes);
const tag = subject.replace(':', '-');

function referrer(note: string) {
  const json = { schemaVersion: 2, artifactType: 'text/spdx', annotations: { note }, subject: { digest: subject } };
  const bytes = Buffer.from(JSON.stringify(json));
  return { digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes };
}
type Referrer = ReturnType<typeof referrer>;
const entry = ({ digest, bytes }: Referrer, note: string) => ({
  mediaType: OCI_MANIFEST,
  digest,
  size: bytes.byteLength,
  artifactType: 'text/spdx',
  annotations: { note },
});
const indexOf = (manifests: readonly object[], more: object = {}) =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...more, manifests });

/** A registry that keeps what is put under names, and lets a test take its part. */
class Fake {
  readonly contents = new Map<string, string>();
  /** What the test has to say before the registry does. */
  answer: (asked: Asked, name: string) => Answer | number | undefined = () => undefined;
  /** Called between writing a list and reading it back. */
  paused: () => void = () => undefined;
  readonly puts: string[] = [];

  respond(asked: Asked): Answer | number {
    if (asked.url === '/v2/') return 200;
    const name = asked.url.slice(asked.url.lastIndexOf('/') + 1);
    if (asked.method === 'PUT') this.puts.push(name);
    const given = this.answer(asked, name);
    if (given !== undefined) return given;
    if (asked.url.includes('/referrers/')) return 404;
    if (asked.method === 'PUT') {
      this.contents.set(name, asked.body);
      return 201;
    }
    const body = this.contents.get(name);
    return body === undefined
      ? 404
      : { headers: { 'content-type': OCI_INDEX }, body: asked.method === 'HEAD' ? '' : body };
  }

  listed(): unknown {
    return (JSON.parse(this.contents.get(tag) ?? 'null') as { manifests: unknown } | null)?.manifests;
  }
}

async function withLists(
  use: (
    lists: ReferrerLists,
    fake: Fake,
    put: (each: Referrer, isRequired?: boolean) => Promise<void>,
  ) => Promise<void>,
) {
  const fake = new Fake();
  const server = await startScriptedServer((asked) => fake.respond(asked));
  const clients = clientsFor(server.host, { settings: { retryCount: 1 } });
  const { reader, writer } = clients;
  const pause = () => Promise.resolve(fake.paused());
  const lists = new ReferrerLists({ path: 'app', reader, writer, requests: new Limiter(8), pause });
  const put = ({ digest, mediaType, bytes }: Referrer, isRequired = true) =>
    lists.put(
      subject,
      { digest, mediaType, bytes },
      isRequired,
      () => writer.putManifest('app', digest, bytes, mediaType, signal),
      signal,
    );
  try {
    await use(lists, fake, put);
  } finally {
    await clients.close();
    await server.stop();
  }
}

const [a, b, c] = [referrer('a'), referrer('b'), referrer('c')];

describe('a registry without the referrers API', () => {
  test('gets a fallback tag that lists them as the API would', async () => {
    await withLists(async (lists, fake, put) => {
      await Promise.all([a, b].map((each) => put(each)));
      await lists.complete(signal);
      assert.deepEqual(fake.listed(), [entry(a, 'a'), entry(b, 'b')]);
      assert.equal(fake.puts.filter((name) => name === tag).length, 1);
    });
  });

  test('gets that tag even if each request for its list fails', async () => {
    await withLists(async (lists, fake, put) => {
      fake.answer = ({ url }) => (url.includes('/referrers/') ? 500 : undefined);
      assert.equal(await lists.isListed(subject, a.digest, signal), false);
      await put(a);
      await lists.complete(signal);
      assert.deepEqual(fake.listed(), [entry(a, 'a')]);
    });
  });

  test('keeps the entries and annotations of its fallback tag', async () => {
    await withLists(async (lists, fake, put) => {
      fake.contents.set(tag, indexOf([{ digest: b.digest, custom: 1 }], { annotations: { kept: 'yes' } }));
      await put(a);
      await put(b);
      await lists.complete(signal);
      const index = JSON.parse(fake.contents.get(tag) ?? '') as Record<string, unknown>;
      assert.deepEqual(index['manifests'], [{ digest: b.digest, custom: 1 }, entry(a, 'a')]);
      assert.deepEqual(index['annotations'], { kept: 'yes' });
    });
  });

  test('has all entries although another writer keeps overwriting the tag', async () => {
    await withLists(async (lists, fake, put) => {
      let others = 3;
      // It had read the tag before ours was there.
      fake.paused = () => {
        if (others-- > 0) fake.contents.set(tag, indexOf([entry(c, 'c')]));
      };
      await put(a);
      await lists.complete(signal);
      assert.deepEqual(fake.listed(), [entry(c, 'c'), entry(a, 'a')]);
      assert.equal(others, -1);
    });
  });

  test('that does not keep the tag makes the copy fail', async () => {
    await withLists(async (lists, fake, put) => {
      // It takes the tag for the digest of the subject.
      fake.contents.set(tag, subjectBytes.toString());
      fake.answer = ({ method }, name) => (method === 'PUT' && name === tag ? 201 : undefined);
      await put(a);
      await assert.rejects(lists.complete(signal), { code: 'oci.referrers-not-listed', message: /does not list 1 of/ });
      assert.equal(fake.puts.filter((name) => name === tag).length, 10);
    });
  });

  test('that resolves the missing tag to the subject gets no entries of the subject', async () => {
    await withLists(async (lists, fake, put) => {
      fake.answer = ({ method }, name) =>
        method === 'GET' && name === tag && !fake.contents.has(tag)
          ? { headers: { 'content-type': OCI_INDEX }, body: subjectBytes }
          : undefined;
      await put(a);
      await lists.complete(signal);
      assert.deepEqual(fake.listed(), [entry(a, 'a')]);
    });
  });

  test('whose fallback tag is used otherwise keeps it, and the copy fails', async () => {
    await withLists(async (lists, fake, put) => {
      fake.contents.set(tag, '{"schemaVersion":2,"layers":[]}');
      await put(a);
      await assert.rejects(lists.complete(signal), { code: 'oci.referrers-tag-taken' });
      assert.equal(fake.contents.get(tag), '{"schemaVersion":2,"layers":[]}');
    });
  });

  test('that cannot list the attestation of an index does not make the copy fail', async () => {
    await withLists(async (lists, fake, put) => {
      fake.contents.set(tag, '{"schemaVersion":2,"layers":[]}');
      await put(a, false);
      await lists.complete(signal);
      assert.deepEqual(fake.puts, [a.digest]);
    });
  });

  test('that answers 403 for missing content gets the tag; one that answers 403 for everything does not', async () => {
    for (const readable of [true, false]) {
      await withLists(async (lists, fake, put) => {
        fake.contents.set(subject, subjectBytes.toString());
        fake.answer = ({ method }, name) =>
          method === 'PUT' || (readable && fake.contents.has(name)) ? undefined : 403;
        await put(a);
        if (readable) await lists.complete(signal);
        else await assert.rejects(lists.complete(signal), { code: 'oci.forbidden' });
        assert.deepEqual(fake.listed(), readable ? [entry(a, 'a')] : undefined);
      });
    }
  });

  test('reports whether a referrer is already listed', async () => {
    await withLists(async (lists, fake) => {
      fake.contents.set(tag, indexOf([entry(a, 'a')]));
      assert.equal(await lists.isListed(subject, a.digest, signal), true);
      assert.equal(await lists.isListed(subject, b.digest, signal), false);
    });
  });
});

describe('a registry with the referrers API', () => {
  /** Lists what was put, and says so unless `isSilent`. */
  function list(fake: Fake, { isSilent = false, loses = 0 } = {}): void {
    const own = new Map<string, string>();
    let lost = 0;
    fake.answer = ({ method, url, body }, name) => {
      if (url.includes('/referrers/')) {
        const manifests = [...own.keys()].map((digest) => ({ digest }));
        return { headers: { 'content-type': OCI_INDEX }, body: indexOf(manifests) };
      }
      if (method !== 'PUT' || name === tag) return undefined;
      if (lost++ >= loses) own.set(name, body);
      return { status: 201, headers: isSilent ? {} : { 'oci-subject': subject } };
    };
  }

  test('gets no tag, with or without the OCI-Subject header', async () => {
    for (const isSilent of [true, false]) {
      await withLists(async (lists, fake, put) => {
        list(fake, { isSilent });
        await put(a);
        await lists.complete(signal);
        assert.deepEqual(fake.puts, [a.digest]);
      });
    }
  });

  test('gets those again that it acknowledged and lost', async () => {
    await withLists(async (lists, fake, put) => {
      list(fake, { loses: 2 });
      await put(a);
      await put(b);
      await lists.complete(signal);
      assert.deepEqual(fake.puts, [a.digest, b.digest, a.digest, b.digest]);
    });
  });

  test('that keeps losing them makes the copy fail', async () => {
    await withLists(async (lists, fake, put) => {
      list(fake, { loses: 100 });
      await put(a);
      await assert.rejects(lists.complete(signal), { code: 'oci.referrers-not-listed' });
    });
  });

  test('that neither lists nor acknowledges them gets the tag', async () => {
    await withLists(async (lists, fake, put) => {
      list(fake, { isSilent: true, loses: 100 });
      await put(a);
      await lists.complete(signal);
      assert.deepEqual(fake.listed(), [entry(a, 'a')]);
    });
  });

  test('gets the referrers of one subject one at a time', async () => {
    await withLists(async (lists) => {
      let [running, most] = [0, 0];
      const write = async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return { subject };
      };
      await Promise.all([a, b, c].map((each) => lists.put(subject, each, true, write, signal)));
      assert.equal(most, 1);
    });
  });
});
