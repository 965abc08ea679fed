import { RelocationCommand } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import { ExportTarball } from './commands/export-tarball.ts';
import { ImportTarball } from './commands/import-tarball.ts';
import { Relocate } from './commands/relocate.ts';
import { VerifyTarball } from './commands/verify-tarball.ts';
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
  const { commands, images, destinations, starter, reporter } = parts;
  const wizard = new RelocationWizard(starter, reporter);
  const relocate = new Relocate(images, destinations, wizard);
  const importTarball = new ImportTarball(destinations, wizard);
  commands.register(RelocationCommand.relocate, (source, selected, to) => relocate.run(source, selected, to));
  commands.register(RelocationCommand.relocateLock, (file) => relocate.lock(file));
  const exportTarball = new ExportTarball(images, wizard);
  const verifyTarball = new VerifyTarball(parts);
  commands.register(RelocationCommand.exportTarball, (source) => exportTarball.run(source));
  commands.register(RelocationCommand.verifyTarball, (file) => verifyTarball.run(file));
  commands.register(RelocationCommand.importTarball, (file, selected, to) => importTarball.run(file, selected, to));
}
