import * as vscode from 'vscode';

import { MapCommand } from '../../contract/map.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { compareMaps, saveMap, showMap } from './show-map.ts';
import type { MapParts } from './show-map.ts';

export function registerMaps(commands: CommandRegistry, parts: MapParts): void {
  const notShown = (message: string) => vscode.l10n.t('The map cannot be shown: {0}', message);
  commands.register(MapCommand.showMap, (target) => showMap(parts, target), notShown);
  commands.register(MapCommand.compareMaps, (target) => compareMaps(parts, target), notShown);
  commands.register(
    MapCommand.saveMap,
    (target) => saveMap(parts, target),
    (message) => vscode.l10n.t('Saving the map failed: {0}', message),
  );
}
