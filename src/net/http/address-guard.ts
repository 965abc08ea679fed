import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { ownError } from '../network-error.ts';
import { mayLeadTo, scopeOf } from './address-scope.ts';
import type { AddressScope } from './address-scope.ts';
import { bareHost } from './host.ts';

type Home = Exclude<AddressScope, 'never'>;

/**
 * Prevents a server from leading this machine, by a redirect for example, into networks that the server is not part of.
 * Addresses are checked when the connection is made, so that no DNS name can bypass the check. A server in a private
 * network may lead to others there; no server may lead to link-local addresses.
 */
export class AddressGuard {
  /** The scope in which each server was reached. */
  readonly #homes = new Map<string, Home>();
  readonly #resolve: LookupFunction;

  constructor(resolve: LookupFunction = lookup) {
    this.#resolve = resolve;
  }

  /** Resolves the names of servers that are not guarded. */
  get lookup(): LookupFunction {
    return this.#resolve;
  }

  /** Records the address at which a server itself was reached. */
  found(server: string, address: string | undefined): void {
    const scope = address === undefined ? 'never' : scopeOf(address);
    if (scope !== 'never') this.#homes.set(server, scope);
  }

  /**
   * Checks a host that is an address; a name is checked by `lookupFor`.
   * @throws NetworkError address-refused
   */
  check(url: URL, onBehalfOf: string): void {
    const host = bareHost(url);
    if (isIP(host) !== 0 && !this.#mayLeadTo(onBehalfOf, host)) throw refused(onBehalfOf, url.host, host);
  }

  /** Resolves names for connections on behalf of a server; omits the addresses that it may not lead to. */
  lookupFor(onBehalfOf: string): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname, { ...options, all: true }, (error, found, family) => {
        if (error !== null) return callback(error, found, family);
        const addresses = found as LookupAddress[];
        const allowed = addresses.filter(({ address }) => this.#mayLeadTo(onBehalfOf, address));
        const [first] = allowed;
        if (first === undefined) {
          return callback(refused(onBehalfOf, hostname, addresses.map(({ address }) => address).join(', ')), []);
        }
        return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
      });
    };
  }

  /** The address of a server behind a proxy is not known: it is treated as a public one. */
  #mayLeadTo(onBehalfOf: string, address: string): boolean {
    return mayLeadTo(this.#homes.get(onBehalfOf) ?? 'public', scopeOf(address));
  }
}

function refused(onBehalfOf: string, host: string, address: string): Error {
  return ownError('address-refused', { onBehalfOf, host, address });
}
