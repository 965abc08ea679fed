import { DOCKER_HUB } from '../../oci/reference.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/**
 * Where people look at a registry or one of its repositories. The pages of most registries are at their root; of some it is
 * known where a repository's are.
 * @param http whether the registry is spoken to without TLS
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
