import type { Command } from './command.ts';
import { USAGE } from './usage.ts';

/** What is known of a command before it is loaded, which takes most of the time of a start. */
export interface CommandEntry {
  readonly name: string;
  readonly usage: readonly string[];
  /** Not for users: lists of commands leave it out. */
  readonly isInternal?: true;
  load(): Promise<Command>;
}

/** In the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'copy',
    usage: USAGE.copy,
    load: async () => (await import('./copy/copy-command.ts')).copyCommand,
  },
  {
    name: 'sync',
    usage: USAGE.sync,
    load: async () => (await import('./sync/sync-command.ts')).syncCommand,
  },
  {
    name: 'prune',
    usage: USAGE.prune,
    load: async () => (await import('./sync/prune-command.ts')).pruneCommand,
  },
  {
    name: 'discard',
    usage: USAGE.discard,
    load: async () => (await import('./discard/discard-command.ts')).discardCommand,
  },
  {
    name: 'describe',
    usage: USAGE.describe,
    load: async () => (await import('./describe/describe-command.ts')).describeCommand,
  },
  {
    name: 'verify',
    usage: USAGE.verify,
    load: async () => (await import('./verify/verify-command.ts')).verifyCommand,
  },
  {
    name: 'inventory',
    usage: USAGE.inventory,
    load: async () => (await import('./inventory/inventory-command.ts')).inventoryCommand,
  },
  {
    name: 'audit',
    usage: USAGE.audit,
    load: async () => (await import('./audit/audit-command.ts')).auditCommand,
  },
  {
    name: 'image',
    usage: USAGE.image,
    load: async () => (await import('./image/image-command.ts')).imageCommand,
  },
  {
    name: 'mcp',
    usage: USAGE.mcp,
    load: async () => (await import('./mcp/mcp-command.ts')).mcpCommand,
  },
  {
    name: 'job-pod',
    usage: USAGE['job-pod'],
    isInternal: true,
    load: async () => (await import('./in-cluster/job-pod-command.ts')).jobPodCommand,
  },
];
