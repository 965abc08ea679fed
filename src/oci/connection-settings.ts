import type { NetworkSettings, ServerSettings } from '../net/network-settings.ts';
import { addressOf } from './reference.ts';

export type { ProxySettings } from '../net/network-settings.ts';

/** How one registry is reached. Paths are absolute: the code that creates these settings has resolved them. */
export interface RegistrySettings extends Omit<ServerSettings, 'mayLeadTo'> {
  /** host[:port] as in references; also a token server on another host, for its certificates */
  readonly host: string;
  /** Speak plain http because the user asked for it. */
  readonly plainHttp?: boolean;
  /** Hosts of token servers that may receive this registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
}

/** The token servers that may receive a registry's password, in addition to its own host. */
export function trustedRealmsOf(registry: string, settings: ConnectionSettings): readonly string[] {
  const own = settings.registries?.find(({ host }) => host === registry)?.trustedTokenRealms ?? [];
  return [...(settings.trustedTokenRealms ?? []), ...own];
}

/**
 * How registries are reached; plain data, so that it can be sent to the engine's process. It contains no registry's
 * credentials, but a proxy's URL may contain a password: it is sent to the engine and never logged.
 *
 * `concurrency`: blob bodies transferred at once, and connections to each server if need be; by default the engine's
 * lanes decide. 1 means one request at a time. `responseHeaderTimeout`: the request that completes an upload may take
 * up to 15 minutes, depending on its size.
 */
export interface ConnectionSettings extends Omit<NetworkSettings, 'servers' | 'mayLeadTo'> {
  readonly registries?: readonly RegistrySettings[];
  /** `--registry-insecure`: use http if a registry does not speak TLS. Certificates are still checked. */
  readonly allowHttp?: boolean;
  /** Hosts of token servers that may receive any registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
  /**
   * Maximum number of attempts for a request that fails for a temporary reason; 6 by default, and more while the
   * network is down.
   */
  readonly retryCount?: number;
}

/** These settings as the network layer needs them, with addresses instead of the registries' names. */
export function networkSettings({
  registries = [],
  trustedTokenRealms = [],
  ...settings
}: ConnectionSettings): NetworkSettings {
  const servers = registries.map(({ host, trustedTokenRealms: realms = [], ...server }) => ({
    ...server,
    host: addressOf(host),
    mayLeadTo: realms.map(addressOf),
  }));
  return { ...settings, servers, mayLeadTo: trustedTokenRealms.map(addressOf) };
}
