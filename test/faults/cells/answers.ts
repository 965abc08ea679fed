// Answers that are a refusal, or not what the specification says.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { RawRepository, sha256 } from '../../support/raw-registry.ts';
import type { Cell } from '../cell.ts';
import type { World } from '../world.ts';
import { refusal, type Requests, status } from './requests.ts';

export function answerCells({ get, tag }: Requests): Cell[] {
  return [
    {
      fault: 'F19',
      name: 'a manifest is refused for being too large',
      to: tag(status(413), { times: 9 }),
      fails: 'oci.status-unexpected',
      always: true,
    },
    ...[400, 409, 412].map((code): Cell => ({
      fault: 'F20',
      name: `${code} to tags that cannot be moved, and are what they should be`,
      to: tag({ do: 'answer', status: code, done: true }, { times: 9 }),
      ...(code === 409 ? { always: true as const } : {}),
    })),
    ...[400, 409, 412].map((code): Cell => ({
      fault: 'F20',
      name: `${code} to a tag that cannot be moved, and points elsewhere`,
      prepare: async (target) => void (await target.pushImage('v1', [randomBytes(9)])),
      to: [{ method: 'PUT', path: /\/manifests\/v1$/, times: 9, action: refusal(code, 'TAG_INVALID') }],
      fails: 'oci.tag-immutable',
      left: async (target, { digest }) => {
        assert.ok((await target.tags()).has('v1'));
        assert.notEqual(await target.digest('v1'), digest);
      },
    })),
    {
      fault: 'F21',
      name: 'answers whose Docker-Content-Digest is none',
      from: [
        {
          method: 'HEAD',
          path: /manifests/,
          times: 9,
          action: { do: 'headers', change: (headers) => ({ ...headers, 'docker-content-digest': 'none' }) },
        },
      ],
      always: true,
    },
    {
      fault: 'F23',
      name: 'a layer is gone at the source',
      from: get(status(404), { times: 9 }),
      fails: 'oci.not-found',
      always: true,
    },
    {
      fault: 'F23',
      name: 'a layer is forbidden at the source',
      from: get(status(403), { times: 9 }),
      fails: 'oci.forbidden',
    },
    {
      fault: 'F34',
      name: 'HEAD is not supported',
      from: [{ method: 'HEAD', path: /manifests/, times: 99, action: status(405) }],
      to: [{ method: 'HEAD', path: /manifests/, times: 99, action: status(405) }],
      always: true,
    },
    {
      fault: 'F33',
      name: 'an index of an index of an index, and so on',
      source: pushDeepIndex,
      from: [{ method: 'GET', path: /\/manifests\//, action: { do: 'ask', change: () => undefined } }],
      fails: 'oci.manifest-invalid',
      also: ({ from }) => assert.ok(from.length < 20, 'it is not followed to its end'),
      always: true,
    },
  ];
}

/** 30 indexes, each around the one before. */
async function pushDeepIndex({ source, image }: World): Promise<string> {
  const repository = new RawRepository(source.host, 'apps/deep');
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  let child = { mediaType: 'application/vnd.docker.distribution.manifest.v2+json', digest: '', size: 0 };
  const { bytes } = await new RawRepository(source.host, image.path).manifest(image.digest);
  const config = JSON.parse(bytes.toString()) as { config: { digest: string }; layers: { digest: string }[] };
  for (const { digest } of [config.config, ...config.layers]) {
    await repository.pushBlob(await new RawRepository(source.host, image.path).blob(digest));
  }
  child.digest = await repository.pushBytes(image.digest, bytes, child.mediaType);
  child.size = bytes.byteLength;
  for (let depth = 0; depth < 30; depth++) {
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [child] }));
    child = { mediaType, digest: await repository.pushBytes(sha256(index), index, mediaType), size: index.byteLength };
    if (depth === 29) await repository.pushBytes('v1', index, mediaType);
  }
  return 'apps/deep:v1';
}
