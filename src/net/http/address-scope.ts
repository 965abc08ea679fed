import { BlockList, isIP } from 'node:net';

/** The networks from which an address can be reached. `never`: no server may lead to such an address. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'never';

type Networks = readonly (readonly [network: string, bits: number])[];

/** IANA's special-purpose registries (RFC 6890): networks inside a site. */
const PRIVATE: Networks = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['198.18.0.0', 15],
  ['fc00::', 7],
];
const LOOPBACK: Networks = [
  ['127.0.0.0', 8],
  ['::1', 128],
];
/** Link-local with the metadata services of the clouds, unspecified, multicast, reserved. */
const NEVER: Networks = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  // Metadata services outside of link-local: Azure, Alibaba, AWS by IPv6.
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['fd00:ec2::', 32],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
];

const LISTS: readonly [AddressScope, BlockList][] = [
  ['never', listOf(NEVER)],
  ['loopback', listOf(LOOPBACK)],
  ['private', listOf(PRIVATE)],
];

function listOf(networks: Networks): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks) list.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

/** @param address an IP address; anything else is `never` */
export function scopeOf(address: string): AddressScope {
  const plain = withoutMapping(address.replace(/%.*$/, ''));
  const family = isIP(plain);
  if (family === 0) return 'never';
  return LISTS.find(([, list]) => list.check(plain, family === 6 ? 'ipv6' : 'ipv4'))?.[0] ?? 'public';
}

/** IPv4 in IPv6, as ::ffff:a.b.c.d, ::ffff:hhhh:hhhh, or behind the well-known prefix of NAT64 (RFC 6052). */
function withoutMapping(address: string): string {
  const [, dotted] = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((word) => [word >> 8, word & 255]).join('.');
}

const ORDER = { public: 0, private: 1, loopback: 2 } as const;

/**
 * Whether a server in `from` may lead to `to`: only to its own scope or a wider one, because a server inside a site may
 * have its storage there.
 */
export function mayLeadTo(from: Exclude<AddressScope, 'never'>, to: AddressScope): boolean {
  return to !== 'never' && ORDER[to] <= ORDER[from];
}
