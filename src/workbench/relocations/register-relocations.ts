import { RelocationCommand } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import { ImportTarball } from './commands/import-tarball.ts';
import { Relocate } from './commands/relocate.ts';
import type { DestinationPicker } from './destination-picker.ts';
import type { RelocationStarter } from './relocation-starter.ts';

export interface RelocationsParts {
  readonly commands: CommandRegistry;
  readonly images: ImagePicker;
  readonly destinations: DestinationPicker;
  readonly starter: RelocationStarter;
}

export function registerRelocations({ commands, images, destinations, starter }: RelocationsParts): void {
  const relocate = new Relocate(images, destinations, starter);
  const importTarball = new ImportTarball(destinations, starter);
  commands.register(RelocationCommand.relocate, (source) => relocate.run(source));
  commands.register(RelocationCommand.importTarball, (file) => importTarball.run(file));
}
