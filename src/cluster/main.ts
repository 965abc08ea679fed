import type { ClusterRoom } from './api.ts';
import { LoadedKubeconfig, loadKubeconfig as load } from './kubeconfig.ts';
import { KubernetesSession } from './session.ts';

// The room's bundle, dist/cluster.cjs: its exports are a ClusterRoom.

export const loadKubeconfig: ClusterRoom['loadKubeconfig'] = (source) => load(source);

export const openCluster: ClusterRoom['openCluster'] = (kubeconfig, context, settings = {}) => {
  if (!(kubeconfig instanceof LoadedKubeconfig)) throw new TypeError('openCluster takes what loadKubeconfig gave');
  return new KubernetesSession(kubeconfig.details(context), settings);
};
