import { AuditCommand } from './audit.ts';
import type { AuditCommandArguments } from './audit.ts';
import { ClusterCommand } from './clusters.ts';
import type { ClusterCommandArguments } from './clusters.ts';
import { CredentialCommand } from './credentials.ts';
import type { CredentialCommandArguments } from './credentials.ts';
import { EditorCommand } from './editor.ts';
import type { EditorCommandArguments } from './editor.ts';
import { HelpCommand } from './help.ts';
import type { HelpCommandArguments } from './help.ts';
import { InstallCommand } from './installs.ts';
import type { InstallCommandArguments } from './installs.ts';
import { MapCommand } from './map.ts';
import type { MapCommandArguments } from './map.ts';
import { PackagingCommand } from './packaging.ts';
import type { PackagingCommandArguments } from './packaging.ts';
import { RegistryCommand } from './registries.ts';
import type { RegistryCommandArguments } from './registries.ts';
import { RelocationCommand } from './relocations.ts';
import type { RelocationCommandArguments } from './relocations.ts';
import { SyncCommand } from './sync.ts';
import type { SyncCommandArguments } from './sync.ts';

/** The arguments of every command. Commands ask for optional arguments that are missing. */
export interface CommandArguments
  extends
    RegistryCommandArguments,
    CredentialCommandArguments,
    RelocationCommandArguments,
    PackagingCommandArguments,
    ClusterCommandArguments,
    InstallCommandArguments,
    AuditCommandArguments,
    MapCommandArguments,
    EditorCommandArguments,
    SyncCommandArguments,
    HelpCommandArguments {}

export type CommandId = keyof CommandArguments;

export const commandIds: readonly CommandId[] = [
  ...Object.values(RegistryCommand),
  ...Object.values(CredentialCommand),
  ...Object.values(RelocationCommand),
  ...Object.values(PackagingCommand),
  ...Object.values(ClusterCommand),
  ...Object.values(InstallCommand),
  ...Object.values(AuditCommand),
  ...Object.values(MapCommand),
  ...Object.values(EditorCommand),
  ...Object.values(SyncCommand),
  ...Object.values(HelpCommand),
];
