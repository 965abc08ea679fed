// What happens to a layer on its way from the source.
import assert from 'node:assert/strict';

import type { Action } from '../../support/fault-proxy.ts';
import type { Cell } from '../cell.ts';
import { LAYER } from '../world.ts';
import { type Requests, status } from './requests.ts';

const HALF = LAYER / 2;

export function downloadCells({ get, parts, rest, sentOnce }: Requests): Cell[] {
  return [
    ...[0, HALF, LAYER - 1].map((afterAnswer, index): Cell => ({
      fault: 'F1',
      name: `the connection breaks after ${afterAnswer} bytes of a layer`,
      from: get({ do: 'reset', afterAnswer: Math.max(1, afterAnswer) }),
      also: ({ from, to }) => {
        assert.equal(parts(from).length, 2);
        // What was in transit in the kernel's buffers is lost with the connection; the rest is asked for, and no more.
        const [, offset] = /^bytes=(\d+)-$/.exec(parts(from)[1] ?? '') ?? [];
        assert.equal(rest(from), LAYER - Number(offset));
        sentOnce(to);
      },
      ...(index === 1 ? { always: true as const } : {}),
    })),
    {
      fault: 'F2',
      name: 'a layer ends early as if it were complete',
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
        // What is not part of it is not trusted: everything is requested, and the known part is dropped.
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
    {
      fault: 'F6',
      name: 'a layer drips, byte by byte, for longer than nothing at all may come',
      from: get({ do: 'drip', afterAnswer: HALF, bytes: 25, milliseconds: 80 }),
      also: ({ from, outcome }) => {
        assert.equal(parts(from).length, 1, 'slow is not stalled');
        assert.ok(outcome.events.filter(({ type }) => type === 'progress').length > 5, 'it does not look hung');
      },
      always: true,
    },
  ];
}
