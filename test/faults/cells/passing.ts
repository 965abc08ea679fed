// What passes by itself: connections that stall, servers that have too much to do.
import assert from 'node:assert/strict';

import type { Cell } from '../cell.ts';
import { count, type Requests, stall, status } from './requests.ts';

export function passingCells({ get, manifest, post, put, patch, tag, parts }: Requests): Cell[] {
  return [
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
  ];
}
