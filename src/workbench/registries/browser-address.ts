import { DOCKER_HUB } from '../../oci/reference.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/**
 * Returns the web page of a registry or repository. Most registries have only a page at their root; for some, the page of a
 * repository is known.
 * @param http whether the registry is accessed without TLS
 */
export function browserAddress(registry: string, path: string | undefined, http: boolean): string {
  if (registry === DOCKER_HUB) {
    const page = path?.startsWith('library/') === true ? `_/${path.slice('library/'.length)}` : `r/${path ?? ''}`;
    return path === undefined ? 'https://hub.docker.com/' : `https://hub.docker.com/${page}`;
  }
  if (registry === 'quay.io' && path !== undefined) return `https://quay.io/repository/${path}`;
  if (/(?:^|\.)gcr\.io$|-docker\.pkg\.dev$/.test(registry)) return `https://${registry}/${path ?? ''}`;
  if (registry === 'ghcr.io') return `https://github.com/${path?.split('/')[0] ?? ''}`;
  return `${http || LOOPBACK.test(registry) ? 'http' : 'https'}://${registry}/`;
}
