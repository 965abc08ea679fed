// Registries that cannot be reached from here, each emulated by what is known of it. Sources are named at each.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import type { Credential } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { basic, basicHeader, type ClientOptions, type Clients, clientsFor } from '../../support/registry-clients.ts';
import { challenge, isToken, json, type Script, withRegistry } from '../../support/scripted-registry.ts';
import { type Answer, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const manifest = Buffer.from('{"schemaVersion":2}');
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const good: Answer = {
  headers: { 'content-type': manifestType, 'docker-content-digest': digestOf(manifest) },
  body: manifest,
};

const refresh: Credential = {
  kind: 'identity-token',
  token: 'refresh-1',
  username: '00000000-0000-0000-0000-000000000000',
  origin: 'test',
};

describe('Docker Hub', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await makeTemporaryFolder('hub');
  });
  after(() => folder.remove());

  // docs.docker.com/reference/api/registry/auth: the API is registry-1.docker.io, tokens come from auth.docker.io.
  test('has its token server on a host that is known to be its own', async () => {
    const authority = await createAuthority(folder.path, 'hub-ca');
    const tls = await authority.issueServer('hub', ['registry-1.docker.io', 'auth.docker.io']);
    const auth = await startScriptedServer(() => json({ token: 'hub', access_token: 'hub', expires_in: 300 }), tls);
    const realm = 'https://auth.docker.io/token';
    const api = await startScriptedServer(
      (asked) => (isToken(asked, 'hub') ? good : challenge(asked, 'registry.docker.io', realm)),
      tls,
    );
    const names = { 'registry-1.docker.io:443': api.host, 'auth.docker.io:443': auth.host };
    const proxy = await startForwardProxy({ names });
    const caCertificates = [await readFile(authority.certFile, 'utf8')];
    const settings = { caCertificates, proxy: { httpsProxy: proxy.url } };
    const clients = clientsFor('index.docker.io', { credential: basic, settings });
    try {
      const head = await clients.reader.headManifest('library/nginx', 'latest', signal);
      assert.equal(head?.digest, digestOf(manifest));
      assert.deepEqual(auth.authorizations(), [basicHeader]);
      const query = new URL(auth.asked[0]?.url ?? '', realm).searchParams;
      assert.equal(query.get('service'), 'registry.docker.io');
      assert.equal(query.get('scope'), 'repository:library/nginx:pull');
      // Its quota counts GETs of manifests (docs.docker.com/docker-hub/usage/pulls): HEAD is asked first, and is enough.
      assert.deepEqual(
        api.asked.map(({ method }) => method),
        ['GET', 'HEAD'],
      );
      assert.ok(!api.authorizations().includes(basicHeader));
    } finally {
      await clients.close();
      await Promise.all([proxy, auth, api].map((each) => each.stop()));
    }
  });

  test('reports for how long it limits requests if that is too long to wait', async () => {
    const headers = { 'retry-after': '21600', 'ratelimit-remaining': '0;w=21600' };
    const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}';
    const script: Script = (_, path) => (path === '/v2/' ? 200 : { status: 429, headers, body });
    await withRegistry(script, {}, async ({ reader }, { asked }) => {
      const refused = reader.getManifest('a', 'v1', signal);
      await assert.rejects(refused, { code: 'oci.pause-too-long', message: /360 minutes/ });
      assert.equal(asked.length, 2);
    });
  });
});

describe('GitLab', () => {
  // docs.gitlab.com/administration/packages/container_registry: the realm is the web server's /jwt/auth, another host.
  test('gets no password on its other host until that is trusted, then a token with its service', async () => {
    const gitlab = await startScriptedServer(() => json({ token: 'jwt', expires_in: 300 }));
    const realm = `http://localhost:${gitlab.host.split(':')[1] ?? ''}/jwt/auth`;
    const script: Script = (asked) => (isToken(asked, 'jwt') ? good : challenge(asked, 'container_registry', realm));
    await withRegistry(script, { credential: basic }, async ({ reader }) => {
      const refused = reader.headManifest('group/app', 'v1', signal);
      await assert.rejects(refused, { code: 'oci.token-realm-untrusted' });
      assert.equal(gitlab.asked.length, 0);
    });
    const settings = { trustedTokenRealms: [new URL(realm).host] };
    await withRegistry(script, { credential: basic, settings }, async ({ reader }) => {
      assert.equal((await reader.headManifest('group/app', 'v1', signal))?.digest, digestOf(manifest));
      assert.match(gitlab.asked[0]?.url ?? '', /service=container_registry/);
    });
    await gitlab.stop();
  });
});

describe('ECR', () => {
  const wanted = {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="https://ecr/",service="ecr.amazonaws.com"' },
  };

  // docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth: the helper's password is good for 12 hours.
  test("gets the helper's next password when one has expired", async () => {
    const passwords = ['old', 'new'];
    const asked: (boolean | undefined)[] = [];
    const credentials: ClientOptions['credentials'] = ({ afterRefusal }) => {
      asked.push(afterRefusal);
      const password = passwords[asked.length - 1] ?? 'too often';
      return Promise.resolve({ kind: 'basic', username: 'AWS', password, origin: 'test' });
    };
    const current = `Basic ${Buffer.from('AWS:new').toString('base64')}`;
    const script: Script = ({ headers }) => (headers.authorization === current ? good : wanted);
    await withRegistry(script, { credentials }, async ({ reader }) => {
      assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digestOf(manifest));
      await reader.headManifest('app', 'v2', signal);
      assert.deepEqual(asked, [undefined, true]);
    });
  });

  test('is not sent a wrong password a third time', async () => {
    await withRegistry(
      () => wanted,
      { credential: basic },
      async ({ reader }, server) => {
        await assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.unauthorized' });
        assert.deepEqual(server.authorizations(), ['', basicHeader]);
      },
    );
  });

  // docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability: ImageTagAlreadyExistsException, status 400.
  test('with immutable tags accepts the same manifest twice, and no other', async () => {
    const body = '{"errors":[{"code":"TAG_INVALID","message":"tag is immutable"}]}';
    const script: Script = ({ method }) => (method === 'PUT' ? { status: 400, body } : good);
    await withRegistry(script, {}, async ({ writer }) => {
      await writer.putManifest('app', 'v1', manifest, manifestType, signal);
      const other = writer.putManifest('app', 'v1', Buffer.from('{}'), manifestType, signal);
      await assert.rejects(other, { code: 'oci.tag-immutable', message: /the tag v1 of app.*tag is immutable/ });
    });
  });
});

describe('Google’s Artifact Registry', () => {
  // containerd, core/remotes/docker/auth: "Registries without support for POST may return 404 … GCR is known to".
  test('does not support POST for tokens', async () => {
    const script: Script = (asked, path) => {
      if (path === '/token') return asked.method === 'POST' ? 404 : json({ token: 'gcr', expires_in: 3600 });
      return isToken(asked, 'gcr') ? good : challenge(asked, 'gcr.io');
    };
    await withRegistry(script, { credential: refresh }, async ({ reader }, { asked }) => {
      assert.equal((await reader.headManifest('p/app', 'v1', signal))?.digest, digestOf(manifest));
      assert.deepEqual(
        asked.map(({ method }) => method),
        ['GET', 'POST', 'GET', 'HEAD'],
      );
    });
  });

  // containers/image, docker_client.go: "gcr.io … returns 401 without WWW-Authenticate" when a token has expired.
  test('rejects an old token without a challenge', async () => {
    let issued = 0;
    const script: Script = (asked, path) => {
      if (path === '/token') return json({ token: `t${++issued}`, expires_in: 3600 });
      if (path === '/v2/') return challenge(asked, 'gcr.io');
      return isToken(asked, 't2') ? good : 401;
    };
    await withRegistry(script, { credential: basic }, async ({ reader }) => {
      assert.equal((await reader.headManifest('p/app', 'v1', signal))?.digest, digestOf(manifest));
      assert.equal(issued, 2);
    });
  });

  test('accepts a key file as the password of _json_key', async () => {
    const password = '{"type":"service_account","private_key":"-----BEGIN\\n…:…"}';
    const credential: Credential = { kind: 'basic', username: '_json_key', password, origin: 'test' };
    const script: Script = (asked, path) => {
      if (path === '/token') return json({ token: 't', expires_in: 3600 });
      return isToken(asked, 't') ? good : challenge(asked, 'gcr.io');
    };
    await withRegistry(script, { credential }, async ({ reader }, server) => {
      await reader.headManifest('p/app', 'v1', signal);
      const sent = Buffer.from(server.authorizations()[1]?.slice(6) ?? '', 'base64').toString();
      assert.equal(sent, `_json_key:${password}`);
    });
  });
});

describe('ACR', () => {
  // github.com/Azure/acr, docs/AAD-OAuth.md: POST /oauth2/token, and a new refresh token with each answer.
  test('replaces the refresh token in each response', async () => {
    const shown: (string | null)[] = [];
    const script: Script = (asked, path) => {
      if (path !== '/token') return isToken(asked, 'acr') ? good : challenge(asked, 'acr.azurecr.io');
      shown.push(new URLSearchParams(asked.body).get('refresh_token'));
      return json({ access_token: 'acr', refresh_token: `refresh-${shown.length + 1}` });
    };
    await withRegistry(script, { credential: refresh }, async ({ reader }) => {
      await reader.headManifest('one', 'v1', signal);
      await reader.headManifest('two', 'v1', signal);
      assert.deepEqual(shown, ['refresh-1', 'refresh-2']);
    });
  });

  // containerd, core/remotes/docker/auth: "As of January 2022, ACR is known to return 400".
  test('accepts the refresh token as a password if it refuses POST', async () => {
    const script: Script = (asked, path) => {
      if (path === '/token') return asked.method === 'POST' ? 400 : json({ access_token: 'acr' });
      return isToken(asked, 'acr') ? good : challenge(asked, 'acr.azurecr.io');
    };
    await withRegistry(script, { credential: refresh }, async ({ reader }, server) => {
      assert.equal((await reader.headManifest('one', 'v1', signal))?.digest, digestOf(manifest));
      const sent = Buffer.from(server.authorizations()[2]?.slice(6) ?? '', 'base64').toString();
      assert.equal(sent, '00000000-0000-0000-0000-000000000000:refresh-1');
    });
  });
});

describe('Harbor', () => {
  // goharbor.io/docs, "Configure Harbor behind a proxy": without X-Forwarded-Proto its Location says http and has no port.
  test('names itself with the wrong scheme behind a proxy', async () => {
    const folder = await makeTemporaryFolder('harbor');
    const authority = await createAuthority(folder.path, 'harbor-ca');
    const tls = await authority.issueServer('harbor', ['127.0.0.1']);
    const basicWanted = { status: 401, headers: { 'www-authenticate': 'Basic realm="harbor"' } };
    const script: Script = ({ method, headers }, path) => {
      if (headers.authorization !== basicHeader) return basicWanted;
      const location = 'http://127.0.0.1/v2/library/app/blobs/uploads/1?_state=a%2Bb';
      if (method === 'POST') return { status: 202, headers: { location } };
      return path.endsWith('/uploads/1') ? 201 : 200;
    };
    const settings = { caCertificates: [await readFile(authority.certFile, 'utf8')] };
    const use = async ({ writer }: Clients, server: ScriptedServer) => {
      const digest = digestOf(manifest);
      const session = await writer.uploads.startUpload('library/app', digest, undefined, signal);
      assert.ok(session);
      await writer.uploads.putBlob(session, digest, manifest.byteLength, manifest, 'small', signal);
      const { url } = server.asked.at(-1) ?? { url: '' };
      assert.equal(url, `/v2/library/app/blobs/uploads/1?_state=a%2Bb&digest=${encodeURIComponent(digest)}`);
      assert.equal(server.authorizations().at(-1), basicHeader);
    };
    await withRegistry(script, { credential: basic, settings }, use, tls);
    await folder.remove();
  });

  // goharbor/harbor, proxy cache projects; oras-go #1176: HEAD and GET tell different sizes.
  test('reports another size for HEAD than it sends for GET', async () => {
    const script: Script = ({ method }) => ({
      headers: { ...good.headers, 'content-length': String(method === 'HEAD' ? 7 : manifest.byteLength) },
      body: method === 'HEAD' ? '' : manifest,
    });
    await withRegistry(script, {}, async ({ reader }) => {
      const { size, bytes } = await reader.getManifest('proxy/app', digestOf(manifest), signal);
      assert.deepEqual([size, bytes], [manifest.byteLength, manifest]);
    });
  });
});

describe('Quay', () => {
  // go-containerregistry, remote/write.go: "Quay errors on a mount without from"; also where it may not be mounted.
  test('rejects a mount with an error, and accepts the upload', async () => {
    const script: Script = ({ method, url }, path) => {
      if (method !== 'POST') return 200;
      return url.includes('mount=') ? 400 : { status: 202, headers: { location: `${path}1` } };
    };
    await withRegistry(script, {}, async ({ writer }, { asked }) => {
      const session = await writer.uploads.startUpload('org/app', digestOf(manifest), 'org/base', signal);
      assert.match(session?.location.href ?? '', /\/v2\/org\/app\/blobs\/uploads\/1$/);
      assert.equal(asked.filter(({ method }) => method === 'POST').length, 2);
    });
  });

  test('limits requests without saying for how long', async () => {
    let left = 1;
    const script: Script = (_, path) => (path === '/v2/' ? 200 : left-- > 0 ? 429 : good);
    await withRegistry(script, {}, async ({ reader }) => {
      assert.equal((await reader.headManifest('org/app', 'v1', signal))?.digest, digestOf(manifest));
    });
  });
});

describe('Artifactory', () => {
  // containerd, core/remotes/docker/auth: "As of February 2018, JFrog Artifactory is known to return 401" to POST.
  test('rejects tokens by POST as if the password were wrong', async () => {
    const script: Script = (asked, path) => {
      if (path === '/token') return asked.method === 'POST' ? 401 : json({ token: 'jfrog' });
      return isToken(asked, 'jfrog') ? good : challenge(asked, 'artifactory.example');
    };
    await withRegistry(script, { credential: refresh }, async ({ reader }) => {
      assert.equal((await reader.headManifest('docker/app', 'v1', signal))?.digest, digestOf(manifest));
    });
  });

  // jfrog.atlassian.net RTFACT-13797, as go-containerregistry's pusher cites it: 403 to HEAD of what is not there.
  test('answers 403 to HEAD of a missing manifest', async () => {
    const script: Script = ({ method }, path) => (path === '/v2/' ? 200 : method === 'HEAD' ? 403 : 404);
    await withRegistry(script, {}, async ({ reader }) => {
      assert.equal(await reader.headManifest('docker/app', 'v1', signal), undefined);
    });
  });
});

describe('Nexus', () => {
  // containers/skopeo #2409: `"tags": null`.
  test('lists null for a repository without tags', async () => {
    const script: Script = (_, path) => (path === '/v2/' ? 200 : json({ name: 'app', tags: null }));
    await withRegistry(script, {}, async ({ reader }) => {
      assert.deepEqual(await reader.tags('app', { limit: 10, signal }), { tags: [] });
    });
  });

  // help.sonatype.com, "Docker repository connectors": a connector's port may not be the one its proxy has.
  test('that redirects an upload to another port gets no password there', async () => {
    const connector = await startScriptedServer(() => 401);
    const wanted = { status: 401, headers: { 'www-authenticate': 'Basic realm="Sonatype Nexus"' } };
    const script: Script = ({ method, headers }) => {
      if (headers.authorization !== basicHeader) return wanted;
      return method === 'POST' ? { status: 202, headers: { location: `http://${connector.host}/upload/1` } } : 200;
    };
    await withRegistry(script, { credential: basic }, async ({ writer }) => {
      const session = await writer.uploads.startUpload('app', digestOf(manifest), undefined, signal);
      assert.ok(session);
      const put = writer.uploads.putBlob(session, digestOf(manifest), manifest.byteLength, manifest, 'small', signal);
      await assert.rejects(put, { code: 'oci.unauthorized' });
      assert.deepEqual([...new Set(connector.authorizations())], ['']);
    });
    await connector.stop();
  });
});

describe('GHCR', () => {
  // github.com/orgs/community/discussions/163029: the referrers API is not there.
  test('has no referrers API', async () => {
    for (const status of [404, 405]) {
      await withRegistry(
        (_, path) => (path === '/v2/' ? 200 : status),
        {},
        async ({ reader }) => {
          assert.equal(await reader.referrers('o/app', digestOf(manifest), signal), undefined);
        },
      );
    }
  });

  // docs.github.com, "Working with the Container registry": blobs come from signed addresses of another host.
  test('sends blobs from a signed address, which gets no token and is in no message', async () => {
    const storage = await startScriptedServer(() => 403);
    const script: Script = (asked, path) => {
      if (path === '/token') return json({ token: 'ghcr' });
      if (!isToken(asked, 'ghcr')) return challenge(asked, 'ghcr.io');
      return { status: 307, headers: { location: `http://${storage.host}/blob?se=2026&sig=s1gnature` } };
    };
    await withRegistry(script, { credential: basic }, async ({ reader }) => {
      const refused = reader.openBlob(
        'o/app',
        { digest: digestOf(manifest), size: manifest.byteLength },
        { lane: 'blob', signal },
      );
      await assert.rejects(refused, (error: Error) => !/s1gnature/.test(error.message + JSON.stringify(error)));
      assert.deepEqual(storage.authorizations(), ['']);
    });
    await storage.stop();
  });
});
