import { clustersView } from './clusters.ts';
import { registriesView } from './registries.ts';
import { relocationsView } from './relocations.ts';

export const viewContainer = 'carvelAirgap';

export const viewIds: readonly string[] = [registriesView, relocationsView, clustersView];
