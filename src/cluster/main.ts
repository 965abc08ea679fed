import type { ClusterRoom } from './api.ts';

// The room's bundle, dist/cluster.cjs: its exports are a ClusterRoom.
export const loadKubeconfig: ClusterRoom['loadKubeconfig'] = () => Promise.reject(new Error('not built yet'));
export const openCluster: ClusterRoom['openCluster'] = () => {
  throw new Error('not built yet');
};
