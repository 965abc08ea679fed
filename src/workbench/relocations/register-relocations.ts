import { RelocationCommand } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import { exportTarball } from './commands/export-tarball.ts';
import { importTarball } from './commands/import-tarball.ts';
import { relocate, relocateLock } from './commands/relocate.ts';
import { verifyTarball } from './commands/verify-tarball.ts';
import type { VerifyTarballParts } from './commands/verify-tarball.ts';
import type { DestinationPicker } from './wizard/destination-picker.ts';
import { RelocationWizard } from './wizard/relocation-wizard.ts';
import type { RelocationStarter } from './plan/relocation-starter.ts';

export interface RelocationsParts extends VerifyTarballParts {
  readonly commands: CommandRegistry;
  readonly images: ImagePicker;
  readonly destinations: DestinationPicker;
  readonly starter: RelocationStarter;
}

export function registerRelocations(parts: RelocationsParts): void {
  const { commands, starter, reporter } = parts;
  const own = { ...parts, wizard: new RelocationWizard(starter, reporter) };
  commands.register(RelocationCommand.relocate, (source, selected, to) => relocate(own, source, selected, to));
  commands.register(RelocationCommand.relocateLock, (file) => relocateLock(own, file));
  commands.register(RelocationCommand.exportTarball, (source) => exportTarball(own, source));
  commands.register(RelocationCommand.verifyTarball, (file) => verifyTarball(own, file));
  commands.register(RelocationCommand.importTarball, (file, selected, to) => importTarball(own, file, selected, to));
}
