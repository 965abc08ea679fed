import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { ClusterCommand } from '../../../src/contract/clusters.ts';
import { commandIds } from '../../../src/contract/commands.ts';
import type { CommandArguments, CommandId } from '../../../src/contract/commands.ts';
import { PackagingCommand } from '../../../src/contract/packaging.ts';
import { RegistryCommand } from '../../../src/contract/registries.ts';
import { settingKeys, settingsSection } from '../../../src/contract/settings.ts';
import { viewContainer, viewIds } from '../../../src/contract/views.ts';

interface Manifest {
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string }[] };
    readonly viewsWelcome: readonly { readonly view: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly media: { readonly svg: string; readonly altText: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly scope: string; readonly default?: unknown }>>;
    };
  };
}

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as Manifest;
const strings = read('package.nls.json') as Record<string, string>;
const { contributes } = manifest;
/** Commands that cannot be run without an argument, by their types. */
type NeedsAnArgument = { [Id in CommandId]: [] extends CommandArguments[Id] ? never : Id }[CommandId];
/**
 * Commands that are about one node of a view or one place in a document, and would have nothing to ask for without it. One
 * that is missing here although it needs its argument is a fault of types.
 */
const NEED_A_NODE: Readonly<Record<NeedsAnArgument, true> & Partial<Record<CommandId, true>>> = {
  [RegistryCommand.removeRepository]: true,
  [RegistryCommand.refresh]: true,
  [RegistryCommand.retry]: true,
  [RegistryCommand.loadMore]: true,
  [RegistryCommand.copied]: true,
  [RegistryCommand.trustTokenServer]: true,
  [RegistryCommand.copyTag]: true,
  [RegistryCommand.filter]: true,
  [RegistryCommand.removeFilter]: true,
  [ClusterCommand.refresh]: true,
  [ClusterCommand.retry]: true,
  [ClusterCommand.copyPackageInstall]: true,
  [ClusterCommand.showMore]: true,
  [PackagingCommand.fixApiVersion]: true,
  [PackagingCommand.explainState]: true,
};
const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe('the manifest and the contract', () => {
  it('have the same commands', () => {
    assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(commandIds));
  });

  it('have the same views, in one container', () => {
    assert.deepEqual(Object.keys(contributes.views), [viewContainer]);
    assert.deepEqual(sorted((contributes.views[viewContainer] ?? []).map(({ id }) => id)), sorted(viewIds));
    assert.deepEqual(sorted(contributes.viewsContainers.activitybar.map(({ id }) => id)), [viewContainer]);
    assert.deepEqual(
      contributes.viewsWelcome.filter(({ view }) => !viewIds.includes(view)),
      [],
    );
  });

  it('have the same settings', () => {
    const keys = settingKeys.map((key) => `${settingsSection}.${key}`);
    assert.deepEqual(sorted(Object.keys(contributes.configuration.properties)), sorted(keys));
  });
});

describe('the manifest', () => {
  it('puts every command in one category, with a title in package.nls.json', () => {
    for (const { command, title, category } of contributes.commands) {
      assert.equal(category, 'Airgap', command);
      assert.match(title, /^%command\.\w+%$/, command);
    }
  });

  it('has only menu entries whose command exists', () => {
    const known = new Set<string>(commandIds);
    const entries = Object.values(contributes.menus).flat();
    assert.deepEqual(
      entries.filter(({ command }) => !known.has(command)),
      [],
    );
  });

  it('uses every string of package.nls.json and no other', () => {
    const used = [...JSON.stringify(manifest).matchAll(/%([\w.]+)%/g)].map(([, key]) => key ?? '');
    assert.deepEqual(sorted(new Set(used)), sorted(Object.keys(strings)));
  });

  it('links to commands that exist', () => {
    const linked = Object.values(strings).flatMap((text) =>
      [...text.matchAll(/\(command:([\w.]+)/g)].map(([, id]) => id ?? ''),
    );
    assert.deepEqual(
      linked.filter((id) => !(commandIds as readonly string[]).includes(id) && !id.startsWith('workbench.action.')),
      [],
    );
  });

  it('hides commands that require a node from the palette, and shows all others', () => {
    const hidden = (contributes.menus['commandPalette'] ?? []).filter(({ when }) => when === 'false');
    assert.deepEqual(sorted(hidden.map(({ command }) => command)), sorted(Object.keys(NEED_A_NODE)));
  });

  it('has a walkthrough of four steps with pictures, each completed by an existing command', () => {
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.equal(steps.length, 4);
    for (const { media, completionEvents } of steps) {
      assert.match(readFileSync(new URL(`../../../${media.svg}`, import.meta.url), 'utf8'), /^<svg /);
      assert.match(media.altText, /^%walkthrough\.\w+\.alt%$/);
      for (const event of completionEvents) {
        assert.ok((commandIds as readonly string[]).includes(event.replace('onCommand:', '')), event);
      }
    }
  });

  it('31 keeps hosts and files out of reach of a workspace', () => {
    for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
      assert.equal(setting.scope, 'machine', key);
      assert.notEqual(setting.default, undefined, key);
    }
    assert.deepEqual(
      sorted(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations),
      sorted(Object.keys(contributes.configuration.properties)),
    );
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });
});
