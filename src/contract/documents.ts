import { auditScheme } from './audit.ts';
import { statusScheme } from './clusters.ts';
import { detailsScheme } from './installs.ts';
import { diffScheme } from './packaging.ts';
import { imageScheme } from './registries.ts';
import { jobScheme } from './relocations.ts';
import { syncScheme } from './sync.ts';

/** The schemes of all read-only documents. */
export const documentSchemes: readonly string[] = [
  imageScheme,
  auditScheme,
  statusScheme,
  detailsScheme,
  diffScheme,
  syncScheme,
  jobScheme,
];
