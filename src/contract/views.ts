import { clustersView } from './clusters.ts';
import { registriesView } from './registries.ts';
import { relocationsView } from './relocations.ts';

export const viewContainer = 'carvelAirgap';

export const viewIds: readonly string[] = [registriesView, relocationsView, clustersView];

/** Colors that the manifest defines; VS Code's own green is too pale in light themes. */
export const ThemeColorId = {
  success: 'carvelAirgap.successForeground',
  inside: 'carvelAirgap.insideForeground',
  source: 'carvelAirgap.sourceForeground',
} as const;
