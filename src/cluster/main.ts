import type { ClusterApi } from './api.ts';
import { LoadedKubeconfig, loadKubeconfig as load } from './kubeconfig.ts';
import { openSession } from './session.ts';

// The entry point of dist/cluster.cjs, whose exports implement ClusterApi.

export const loadKubeconfig: ClusterApi['loadKubeconfig'] = (source) => load(source);

export const openCluster: ClusterApi['openCluster'] = (kubeconfig, context, settings = {}) => {
  if (!(kubeconfig instanceof LoadedKubeconfig)) throw new TypeError('openCluster takes what loadKubeconfig gave');
  return openSession(kubeconfig.details(context), settings);
};
