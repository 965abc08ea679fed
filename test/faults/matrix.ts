// The fault matrix, as far as a proxy can make the faults. What is done on disk and to processes is in its own files.
import assert from 'node:assert/strict';

import { sha256 } from '../support/raw-registry.ts';
import type { Cell } from './cell.ts';
import type { Action, Fault, Passed } from '../support/fault-proxy.ts';
import { LAYER, type World } from './world.ts';

const MIB = 1024 * 1024;
const HALF = LAYER / 2;
const reset: Action = { do: 'reset' };
const stall: Action = { do: 'stall' };

/** Every cell, for this world's content. */
export function cellsFor(world: World): Cell[] {
  const [layer = Buffer.alloc(0)] = world.image.layers;
  const digest = sha256(layer);
  const get = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    { method: 'GET', path: new RegExp(`/blobs/${digest}`), action, ...more },
  ];
  const manifest = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    { method: 'GET', path: /\/manifests\/sha256:/, action, ...more },
  ];
  const post = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    { method: 'POST', path: /\/blobs\/uploads\//, action, ...more },
  ];
  /** The layer's own PUT is the one that has so many bytes; its digest is in the query. */
  const put = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    { method: 'PUT', path: new RegExp(`/blobs/uploads/.*${encodeURIComponent(digest)}`), action, ...more },
  ];
  const tag = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    { method: 'PUT', path: /\/manifests\//, action, ...more },
  ];
  /** With a body limit of 2 MiB before the registry, the layer goes up in chunks. */
  const inChunks: Fault = put({ do: 'answer', status: 413 })[0] as Fault;
  const patch = (action: Action, more: Partial<Fault> = {}): Fault[] => [
    inChunks,
    { method: 'PATCH', path: /\/blobs\/uploads\//, action, ...more },
  ];
  const status = (code: number, headers = {}): Action => ({ do: 'answer', status: code, headers });
  /** Bytes of the layer's second answer. */
  const rest = (passed: readonly Passed[]) =>
    passed.filter(({ method, path }) => method === 'GET' && path.includes(digest))[1]?.received;
  const parts = (passed: readonly Passed[]) =>
    passed.filter(({ method, path }) => method === 'GET' && path.includes(digest)).map(({ headers }) => headers.range);
  const chunksOf = (passed: readonly Passed[]) => passed.filter(({ method }) => method === 'PATCH').length;
  const count = (passed: readonly Passed[], method: string, path: RegExp) =>
    passed.filter((each) => each.method === method && path.test(each.path)).length;
  const sentOnce = (passed: readonly Passed[]) =>
    assert.equal(count(passed, 'PUT', new RegExp(encodeURIComponent(digest))), 1, 'the layer is sent once');

  return [
    ...[0, HALF, LAYER - 1].map((afterAnswer, index): Cell => ({
      fault: 'F1',
      name: `the connection breaks after ${afterAnswer} bytes of a layer`,
      from: get({ do: 'reset', afterAnswer: Math.max(1, afterAnswer) }),
      also: ({ from, to }) => {
        assert.equal(parts(from).length, 2);
        // What was under way in the kernel's buffers is lost with the connection; the rest is asked for, and no more.
        const [, offset] = /^bytes=(\d+)-$/.exec(parts(from)[1] ?? '') ?? [];
        assert.equal(rest(from), LAYER - Number(offset));
        sentOnce(to);
      },
      ...(index === 1 ? { always: true as const } : {}),
    })),
    {
      fault: 'F2',
      name: 'a layer ends early as if it were whole',
      from: get({ do: 'end', afterAnswer: HALF }),
      also: ({ from, to }) => {
        assert.match(parts(from)[1] ?? '', /^bytes=\d+-$/);
        sentOnce(to);
      },
      always: true,
    },
    ...(
      [
        ['200 in place of 206', { do: 'ask', change: (headers) => void delete headers.range }],
        [
          'a 206 that starts elsewhere',
          { do: 'headers', change: (headers) => ({ ...headers, 'content-range': `bytes 5-${LAYER - 1}/${LAYER}` }) },
        ],
        [
          'a 206 of another size',
          {
            do: 'headers',
            change: (headers) => ({ ...headers, 'content-range': `bytes ${HALF}-${LAYER}/${LAYER + 1}` }),
          },
        ],
        ['416', status(416)],
      ] as [string, Action][]
    ).map(([what, action], index): Cell => ({
      fault: 'F3',
      name: `${what} answers the request for the rest of a layer`,
      from: [...get({ do: 'reset', afterAnswer: HALF })].concat(get(action, { skip: 1 })),
      also: ({ from, to }) => {
        sentOnce(to);
        // What is no part of it is not believed: the whole is asked for, and what has been is dropped.
        if (index > 0) assert.deepEqual([parts(from).length, parts(from)[2]], [3, undefined]);
      },
      ...(index === 0 ? { always: true as const } : {}),
    })),
    {
      fault: 'F4',
      name: 'a byte is another one, once',
      from: get({ do: 'corrupt', at: HALF }),
      also: ({ from }) => assert.equal(parts(from).length, 2),
      always: true,
    },
    {
      fault: 'F4',
      name: 'a byte is another one each time',
      from: get({ do: 'corrupt', at: HALF }, { times: 9 }),
      fails: 'oci.digest-mismatch',
      also: ({ from }) => assert.equal(parts(from).length, 2),
    },
    {
      fault: 'F5',
      name: 'a layer stalls half-way, its connection open',
      from: get({ do: 'stall', afterAnswer: HALF }),
      also: ({ from }) => assert.match(parts(from)[1] ?? '', /^bytes=\d+-$/),
      always: true,
    },
    { fault: 'F5', name: 'no answer to a request for a layer', from: get(stall) },
    { fault: 'F5', name: 'no answer to a request for a manifest', from: manifest(stall) },
    { fault: 'F5', name: 'no answer to the start of an upload', to: post(stall) },
    { fault: 'F5', name: 'an upload is not taken on', to: put({ do: 'stall', afterBody: 100_000 }), always: true },
    { fault: 'F5', name: 'a chunk is not taken on', to: patch({ do: 'stall', afterBody: 100_000 }) },
    ...[500, 502, 503, 504, 408].flatMap((code): Cell[] => [
      { fault: 'F7', name: `${code} to a manifest`, from: manifest(status(code), { times: 2 }) },
      { fault: 'F7', name: `${code} to a layer`, from: get(status(code), { times: 2 }) },
      { fault: 'F7', name: `${code} to the start of an upload`, to: post(status(code), { times: 2 }) },
      {
        fault: 'F7',
        name: `${code} to an upload`,
        to: put(status(code)),
        ...(code === 503 ? { always: true as const } : {}),
      },
      { fault: 'F7', name: `${code} to a tag`, to: tag(status(code), { times: 2 }) },
    ]),
    {
      fault: 'F7',
      name: '502 to a layer for ever',
      from: get(status(502), { times: 100 }),
      settings: { retryCount: 3 },
      fails: 'oci.status-unexpected',
      also: ({ from }) => assert.equal(parts(from).length, 3),
    },
    {
      fault: 'F7',
      name: '500 to an upload for ever',
      to: put(status(500), { times: 100 }),
      settings: { retryCount: 3 },
      fails: 'oci.status-unexpected',
      also: ({ to }) => assert.equal(count(to, 'PUT', /blobs/) <= 3 + 3, true),
    },
    ...(
      [
        ['seconds', () => ({ 'retry-after': '1' })],
        ['a date', () => ({ 'retry-after': new Date(Date.now() + 1500).toUTCString() })],
      ] as [string, () => Record<string, string>][]
    ).flatMap(([what, headers], index): Cell[] => [
      {
        fault: 'F8',
        name: `429 with ${what} to a layer`,
        from: get(status(429, headers()), { times: 3 }),
        settings: { retryCount: 1 },
        also: ({ outcome }) => assert.ok(outcome.events.some(({ type }) => type === 'pause')),
        ...(index === 0 ? { always: true as const } : {}),
      },
      {
        fault: 'F8',
        name: `429 with ${what} to an upload`,
        to: put(status(429, headers())),
        settings: { retryCount: 1 },
      },
      {
        fault: 'F8',
        name: `429 with ${what} to a manifest`,
        from: manifest(status(429, headers())),
        settings: { retryCount: 1 },
      },
      {
        fault: 'F8',
        name: `503 with ${what} to the start of an upload`,
        to: post(status(503, headers())),
        settings: { retryCount: 1 },
      },
    ]),
    { fault: 'F8', name: '429 without a word to a layer', from: get(status(429), { times: 2 }) },
    {
      fault: 'F8',
      name: '429 for an hour',
      from: get(status(429, { 'retry-after': '3600' })),
      fails: 'oci.pause-too-long',
      also: ({ outcome }) => {
        assert.match(outcome.error?.message ?? '', /asks to wait 60 minutes/);
        assert.match(outcome.error?.remedy ?? '', /Run it again/);
      },
      always: true,
    },
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
      to: put({ do: 'answer', status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' }),
      always: true,
    },
    {
      fault: 'F17',
      name: 'the registry finds another digest each time',
      to: put({ do: 'answer', status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' }, { times: 9 }),
      fails: 'oci.status-unexpected',
    },
    {
      fault: 'F18',
      name: 'a manifest is refused for a blob that the registry said it had',
      to: tag({ do: 'answer', status: 400, body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}' }),
      always: true,
    },
    {
      fault: 'F19',
      name: 'a manifest is refused for being too large',
      to: tag(status(413), { times: 9 }),
      fails: 'oci.status-unexpected',
      always: true,
    },
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
      fault: 'F29',
      name: 'a proxy takes no large bodies',
      to: put(status(413), { times: 9, least: 2 * MIB + 1 }),
      also: ({ to }) => assert.ok(chunksOf(to) >= 2),
      always: true,
    },
    {
      fault: 'F34',
      name: 'HEAD is not supported',
      from: [{ method: 'HEAD', path: /manifests/, times: 99, action: status(405) }],
      to: [{ method: 'HEAD', path: /manifests/, times: 99, action: status(405) }],
      always: true,
    },
  ];
}
