import type { ImageTarget } from './targets.ts';

export const PackagingCommand = {
  create: 'carvelAirgap.createPackageRepository',
} as const;

export interface PackagingCommandArguments {
  [PackagingCommand.create]: [bundle?: ImageTarget];
}
