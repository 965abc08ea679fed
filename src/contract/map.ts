import type { FileTarget, RelocationTarget } from './relocations.ts';
import type { ImageTarget } from './targets.ts';

export const MapCommand = {
  /** Shows what a bundle, an image, a tarball, a report or an audit consists of, by size and place. */
  showMap: 'carvelAirgap.showMap',
  /** Shows what a bundle has that another one, such as an earlier version, does not have. */
  compareMaps: 'carvelAirgap.compareMaps',
  /** Saves the shown map as a page that needs nothing else. */
  saveMap: 'carvelAirgap.saveMap',
} as const;

export interface MapCommandArguments {
  [MapCommand.compareMaps]: [target?: ImageTarget];
  [MapCommand.saveMap]: [];
  [MapCommand.showMap]: [target?: ImageTarget | FileTarget | RelocationTarget | AuditedTarget];
}

/** The latest audit of a reference, or of a cluster. */
export type AuditedTarget = { readonly audited: string } | { readonly auditedContext: string };

/** The type of the pages with maps. */
export const mapView = 'carvelAirgap.map';
