import type { ClusterSession, ClusterSettings } from '../../../src/cluster/api.ts';
import { LoadedKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { parseKubeconfig } from '../../../src/cluster/kubeconfig-file.ts';
import { openSession } from '../../../src/cluster/session.ts';
import type { Timing } from '../../../src/base/timing.ts';

export const REPOSITORIES = '/apis/packaging.carvel.dev/v1alpha1/packagerepositories';
export const PACKAGES = '/apis/data.packaging.carvel.dev/v1alpha1/packages';

/** A session with a server whose context is `test` and whose namespace is `demo`. */
export function sessionWith(
  server: string,
  {
    user = {},
    cluster = {},
    settings = {},
    timing,
    file: path = '/home/user/.kube/config',
  }: { user?: object; cluster?: object; settings?: ClusterSettings; timing?: Timing; file?: string } = {},
): ClusterSession {
  const file = parseKubeconfig(kubeconfigText(server, user, cluster), path);
  return openSession(new LoadedKubeconfig([file.file], [file], []).details('test'), settings, timing);
}

export function kubeconfigText(server: string, user: object = {}, cluster: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'demo' } }],
  });
}

/** A clock that stands still and whose delays are over at once; it remembers them. */
export class StillTime implements Timing {
  readonly delays: number[] = [];
  time = Date.parse('2026-11-22T10:00:00Z');

  now(): number {
    return this.time;
  }

  random(): number {
    return 0;
  }

  async delay(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.delays.push(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}

/** The error of a promise that has to fail. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; remedy?: string; args: object }> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; message: string; remedy?: string; args: object };
  }
  throw new Error('it did not fail');
}

export function repositoryJson(name: string, resourceVersion: string, more: object = {}): object {
  return {
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageRepository',
    metadata: { name, namespace: 'demo', generation: 1, resourceVersion },
    spec: { fetch: { imgpkgBundle: { image: `registry.example/${name}:v1` } } },
    ...more,
  };
}

export function packageJson(refName: string, version: string, resourceVersion: string): object {
  return {
    apiVersion: 'data.packaging.carvel.dev/v1alpha1',
    kind: 'Package',
    metadata: { name: `${refName}.${version}`, namespace: 'demo', resourceVersion },
    spec: { refName, version },
  };
}
