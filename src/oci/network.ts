import { proxyFor as findProxy } from '../net/http/proxy-rules.ts';
import type { Proxy } from '../net/http/proxy-rules.ts';
import { NetworkError } from '../net/network-error.ts';
import type { ProxySettings } from '../net/network-settings.ts';
import { registryError } from './network-errors.ts';

// Programs use the network layer only through `oci`.
export { observeRequests } from '../net/http/observe-requests.ts';
export { proxyFromEnvironment } from '../net/http/proxy-rules.ts';

/** The proxy for a connection: see net/http/proxy-rules. @throws oci.proxy-invalid */
export function proxyFor(url: URL, settings: ProxySettings | undefined): Proxy | undefined {
  try {
    return findProxy(url, settings);
  } catch (error) {
    throw error instanceof NetworkError ? registryError(error, { registry: url.host, isNamed: false }) : error;
  }
}
