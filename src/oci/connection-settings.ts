import type { NetworkSettings, ServerSettings } from '../net/network-settings.ts';
import { addressOf } from './reference.ts';

export type { ProxySettings } from '../net/network-settings.ts';

/** How one registry is reached. Paths are absolute: whoever creates this has resolved them. */
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
 * `concurrency`: blob bodies transferred at once, and connections to each server if need be; by default the engine's lanes
 * decide. 1 means one request at a time. `responseHeaderTimeout`: the end of an upload has up to 15 minutes, by its size.
 */
export interface ConnectionSettings extends Omit<NetworkSettings, 'servers' | 'mayLeadTo'> {
  readonly registries?: readonly RegistrySettings[];
  /** `--registry-insecure`: use http where a registry does not speak TLS. Certificates are still checked. */
  readonly allowHttp?: boolean;
  /** Hosts of token servers that may receive any registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
  /** How often a request is sent at most while it fails for a temporary reason; by default 6 times, and longer while the network is away. */
  readonly retryCount?: number;
}

/** What the network layer has to know of these settings: addresses instead of the registries' names. */
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
