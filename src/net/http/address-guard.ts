import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { ociError } from '../../oci/errors.ts';
import { mayLead, scopeOf } from './address-scope.ts';
import type { AddressScope } from './address-scope.ts';
import { bareHost } from './host.ts';

type Home = Exclude<AddressScope, 'never'>;

/**
 * Keeps a registry from sending this machine into networks that it is not part of: where a redirect, a token realm, an
 * upload's location or a layer's URL leads is checked by its addresses, when the connection is made, so that no DNS name
 * gets round it. A registry of a private network may lead to others there, none to link-local addresses.
 */
export class AddressGuard {
  /** Where each registry was found to be. */
  readonly #homes = new Map<string, Home>();
  readonly #resolve: LookupFunction;

  constructor(resolve: LookupFunction = lookup) {
    this.#resolve = resolve;
  }

  /** How the names of servers are resolved that are not guarded. */
  get lookup(): LookupFunction {
    return this.#resolve;
  }

  /** Takes note of where a registry answers itself. */
  found(registry: string, address: string | undefined): void {
    const scope = address === undefined ? 'never' : scopeOf(address);
    if (scope !== 'never') this.#homes.set(registry, scope);
  }

  /**
   * Refuses a host that is an address; a name is left to `lookupFor`.
   * @throws oci.address-refused
   */
  check(url: URL, registry: string): void {
    const host = bareHost(url);
    if (isIP(host) !== 0 && !this.#mayLead(registry, host)) throw refused(registry, url.host, host);
  }

  /** Resolves names for connections on behalf of a registry: what it may not lead to is as if it were not there. */
  lookupFor(registry: string): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname, { ...options, all: true }, (error, found, family) => {
        if (error !== null) return callback(error, found, family);
        const addresses = found as LookupAddress[];
        const allowed = addresses.filter(({ address }) => this.#mayLead(registry, address));
        const [first] = allowed;
        if (first === undefined) {
          return callback(refused(registry, hostname, addresses.map(({ address }) => address).join(', ')), []);
        }
        return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
      });
    };
  }

  /** A registry that is reached through a proxy was never seen: then it is taken for one outside. */
  #mayLead(registry: string, address: string): boolean {
    return mayLead(this.#homes.get(registry) ?? 'public', scopeOf(address));
  }
}

function refused(registry: string, host: string, address: string): Error {
  return ociError('address-refused', { registry, host, address });
}
