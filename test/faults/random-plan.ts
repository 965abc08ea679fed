// Faults at random, from a seed: the same seed makes the same ones.
import type { Action, Fault } from '../support/fault-proxy.ts';
import { LAYER } from './world.ts';

export type Random = () => number;

/** Mulberry32: small, and good enough to choose faults. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

const PATHS = [
  ['GET', /\/blobs\/sha256/],
  ['GET', /\/manifests\//],
  ['HEAD', /\/manifests\//],
  ['POST', /\/blobs\/uploads\//],
  ['PUT', /\/blobs\/uploads\//],
  ['PATCH', /\/blobs\/uploads\//],
  ['GET', /\/blobs\/uploads\//],
  ['PUT', /\/manifests\//],
  ['GET', /^\/v2\/$/],
] as const;

/** One to five faults, each of which passes by itself. */
export function randomFaults(random: Random): Fault[] {
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
    const [method, path] = pick(random, PATHS);
    const isFirst = path.source.startsWith('^');
    return {
      method,
      path,
      // The first contact with a registry decides whether it is one: there only what passes unnoticed is done.
      skip: isFirst ? 99 : Math.floor(random() * 4),
      times: 1 + Math.floor(random() * 2),
      action: randomAction(random, method),
    };
  });
}

/** The token server's: none or one, which passes. */
export function randomTokenFaults(random: Random): Fault[] {
  if (random() < 0.5) return [];
  const action = pick<Action>(random, [
    { do: 'reset' },
    { do: 'stall' },
    { do: 'answer', status: pick(random, [429, 500, 502, 503]) },
  ]);
  return [{ method: 'GET', path: /^\/token/, skip: Math.floor(random() * 3), action }];
}

function randomAction(random: Random, method: string): Action {
  const at = 1 + Math.floor(random() * LAYER);
  const reads: Action[] = [
    { do: 'reset', afterAnswer: at },
    { do: 'end', afterAnswer: at },
    { do: 'stall', afterAnswer: at },
  ];
  const writes: Action[] = [
    { do: 'reset', afterBody: at },
    { do: 'answer', status: 500, done: true },
  ];
  return pick(random, [
    { do: 'reset' },
    { do: 'stall' },
    { do: 'answer', status: pick(random, [408, 500, 502, 503, 504]) },
    { do: 'answer', status: 429, headers: random() < 0.5 ? { 'retry-after': '1' } : {} },
    ...(method === 'GET' ? reads : []),
    ...(method === 'PUT' || method === 'PATCH' ? writes : []),
  ] satisfies Action[]);
}
