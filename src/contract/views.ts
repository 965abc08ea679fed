import { clustersView } from './clusters.ts';
import { registriesView } from './registries.ts';

export const viewContainer = 'carvelAirgap';

export const viewIds: readonly string[] = [registriesView, clustersView];
