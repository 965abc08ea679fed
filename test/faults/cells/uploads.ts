// What happens to a blob on its way to the destination.
import assert from 'node:assert/strict';

import type { Cell } from '../cell.ts';
import { LAYER } from '../world.ts';
import { chunksOf, MIB, refusal, type Requests, reset, status } from './requests.ts';

const HALF = LAYER / 2;

export function uploadCells({ post, put, patch, tag, sentOnce }: Requests): Cell[] {
  return [
    ...[202, 400, 403, 404, 405].map((code): Cell => ({
      fault: 'F11',
      name: `${code} to a request for a mount`,
      to: [
        {
          method: 'POST',
          path: /mount=/,
          times: 9,
          action: code === 202 ? { do: 'ask', change: () => undefined } : status(code),
        },
      ],
      ...(code === 404 ? { always: true as const } : {}),
    })),
    {
      fault: 'F12',
      name: 'a Location without host',
      to: post(
        {
          do: 'headers',
          change: (headers) => ({
            ...headers,
            location: new URL(headers.location ?? '').href.replace(/^http:\/\/[^/]+/, ''),
          }),
        },
        { times: 9 },
      ),
      always: true,
    },
    ...[416, 404].map((code): Cell => ({
      fault: 'F13',
      name: `${code} to a chunk: the session is somewhere else`,
      to: patch(status(code), { skip: 1 }),
      also: ({ to }) => assert.ok(chunksOf(to) <= 4, `${chunksOf(to)} chunks`),
      ...(code === 416 ? { always: true as const } : {}),
    })),
    { fault: 'F13', name: '404 to an upload: its session is gone', to: put(status(404)) },
    {
      fault: 'F14',
      name: 'the connection breaks before a chunk',
      to: patch(reset, { skip: 1 }),
      also: ({ to }) => assert.ok(chunksOf(to) <= 4),
      always: true,
    },
    {
      fault: 'F14',
      name: 'the connection breaks in the middle of a chunk',
      to: patch({ do: 'reset', afterBody: 100_000 }, { skip: 1 }),
    },
    {
      fault: 'F14',
      name: 'the connection breaks in the middle of an upload',
      to: put({ do: 'reset', afterBody: HALF }),
    },
    ...[404, 405, 501].map((code): Cell => ({
      fault: 'F15',
      name: `${code} to the question how far an upload is`,
      to: [...patch(reset, { skip: 1 }), { method: 'GET', path: /\/blobs\/uploads\//, times: 9, action: status(code) }],
      ...(code === 404 ? { always: true as const } : {}),
    })),
    {
      fault: 'F16',
      name: '500 to an upload that the registry has taken',
      to: put({ do: 'answer', status: 500, done: true }),
      also: ({ to }) => sentOnce(to),
      always: true,
    },
    {
      fault: 'F16',
      name: '500 to an upload that the registry has taken, of a registry that mounts nothing',
      to: [
        ...put({ do: 'answer', status: 500, done: true }),
        { method: 'POST', path: /mount=/, times: 99, action: status(404) },
      ],
      also: ({ to }) => sentOnce(to),
    },
    {
      fault: 'F16',
      name: '502 to a tag that the registry has taken',
      to: tag({ do: 'answer', status: 502, done: true }),
    },
    {
      fault: 'F17',
      name: 'the registry finds another digest, once',
      to: put(refusal(400, 'DIGEST_INVALID')),
      always: true,
    },
    {
      fault: 'F17',
      name: 'the registry finds another digest each time',
      to: put(refusal(400, 'DIGEST_INVALID'), { times: 9 }),
      fails: 'oci.status-unexpected',
    },
    {
      fault: 'F18',
      name: 'a manifest is refused for a blob that the registry said it had',
      to: tag(refusal(400, 'MANIFEST_BLOB_UNKNOWN')),
      always: true,
    },
    {
      fault: 'F18',
      name: 'a registry forgets a blob for a moment, while another client writes it',
      to: tag(refusal(400, 'MANIFEST_BLOB_UNKNOWN'), { times: 4 }),
      also: ({ to }) => sentOnce(to),
      always: true,
    },
    {
      fault: 'F18',
      name: 'a registry forgets a blob for ever',
      to: tag(refusal(404, 'MANIFEST_BLOB_UNKNOWN'), { times: 99 }),
      fails: 'oci.not-found',
      also: ({ to }) => sentOnce(to),
    },
    {
      fault: 'F29',
      name: 'a proxy takes no large bodies',
      to: put(status(413), { times: 9, least: 2 * MIB + 1 }),
      also: ({ to }) => assert.ok(chunksOf(to) >= 2),
      always: true,
    },
    ...[403, 404, 405, 416, 501].map((code): Cell => ({
      fault: 'F29',
      name: `${code} to every chunk`,
      to: patch(status(code), { times: 99 }),
      also: ({ to }) => assert.ok(chunksOf(to) <= 2, `${chunksOf(to)} chunks`),
      ...(code === 405 ? { always: true as const } : {}),
    })),
  ];
}
