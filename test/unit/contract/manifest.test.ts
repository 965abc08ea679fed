import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { copyTool } from '../../../src/agents/copy-tools.ts';
import { READING_TOOLS } from '../../../src/agents/tools.ts';
import { agentToolIds, agentToolPrefix } from '../../../src/contract/agents.ts';
import { AuditCommand } from '../../../src/contract/audit.ts';
import { ClusterCommand } from '../../../src/contract/clusters.ts';
import { commandIds } from '../../../src/contract/commands.ts';
import type { CommandArguments, CommandId } from '../../../src/contract/commands.ts';
import { InstallCommand } from '../../../src/contract/installs.ts';
import { ContextKey } from '../../../src/contract/contexts.ts';
import { mapView } from '../../../src/contract/map.ts';
import { PackagingCommand } from '../../../src/contract/packaging.ts';
import { RegistryCommand, RegistryContext } from '../../../src/contract/registries.ts';
import { RelocationCommand, reportView } from '../../../src/contract/relocations.ts';
import { SyncCommand } from '../../../src/contract/sync.ts';
import { settingKeys, settingsSection } from '../../../src/contract/settings.ts';
import { ThemeColorId, viewContainer, viewIds } from '../../../src/contract/views.ts';

interface Manifest {
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command: string; readonly when?: string; readonly group?: string }[]>
    >;
    readonly keybindings: readonly {
      readonly command: string;
      readonly key: string;
      readonly mac: string;
      readonly when?: string;
      readonly args?: string;
    }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string }[] };
    readonly viewsWelcome: readonly { readonly view: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly media: { readonly svg: string; readonly altText: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly languageModelTools: readonly {
      readonly name: string;
      readonly when: string;
      readonly modelDescription: string;
      readonly inputSchema: object;
    }[];
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
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
  [InstallCommand.explain]: true,
  [InstallCommand.fix]: true,
  [RelocationCommand.relocateMissing]: true,
  [SyncCommand.showResult]: true,
  [SyncCommand.deletePruned]: true,
};
/** The contrast ratio of two colors (WCAG 2.2, "contrast ratio"), at least 4.5 for text. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Whether the condition on `viewItem` in a `when` clause of the Registries view holds. */
function matches(when: string, viewItem: string): boolean {
  if (!when.includes('carvelAirgap.registries')) return false;
  const [, pattern] = /viewItem =~ \/(.*)\//.exec(when) ?? [];
  if (pattern !== undefined) return new RegExp(pattern).test(viewItem);
  return when.endsWith(`viewItem == ${viewItem}`);
}
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

  it('uses only context keys that exist', () => {
    const keys: readonly string[] = Object.values(ContextKey);
    const known = [...keys, ...viewIds, reportView, mapView, ...commandIds];
    const clauses = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map(
      ({ when = '' }) => when,
    );
    const used = clauses.flatMap((when) => [...when.matchAll(/carvelAirgap\.\w+/g)].map(([key]) => key));
    assert.deepEqual(
      used.filter((key) => !known.includes(key)),
      [],
    );
  });

  it('has a key for each of the main commands, also on macOS', () => {
    assert.deepEqual(
      contributes.keybindings.map(({ command, key }) => [command, key]),
      [
        [RelocationCommand.relocate, 'ctrl+k shift+r'],
        [RelocationCommand.importTarball, 'ctrl+k shift+i'],
        [RelocationCommand.exportTarball, 'ctrl+k shift+e'],
        [AuditCommand.audit, 'ctrl+k shift+a'],
        [PackagingCommand.apply, 'ctrl+k shift+p'],
        // In a view, the same keys are about what is selected there.
        [RelocationCommand.relocate, 'ctrl+k shift+r'],
        [RelocationCommand.exportTarball, 'ctrl+k shift+e'],
        [AuditCommand.audit, 'ctrl+k shift+a'],
        [AuditCommand.audit, 'ctrl+k shift+a'],
      ],
    );
    for (const { when, args } of contributes.keybindings.slice(5)) assert.equal(when, `focusedView == ${args}`);
    for (const { key, mac } of contributes.keybindings) assert.equal(mac, key.replace('ctrl', 'cmd'));
  });

  it('uses only chords that VS Code itself leaves free', () => {
    const { chords } = read('test/fixtures/vscode-default-chords.json') as { readonly chords: readonly string[] };
    assert.ok(chords.includes('ctrl+k ctrl+s'));
    for (const { key } of contributes.keybindings) {
      assert.match(key, /^ctrl\+k \S+$/);
      assert.ok(!chords.includes(key), key);
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

  it('has a walkthrough of five steps with pictures, each of which is done when what it describes has happened', () => {
    const keys: readonly string[] = Object.values(ContextKey);
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.equal(steps.length, 5);
    for (const { media, completionEvents } of steps) {
      assert.match(readFileSync(new URL(`../../../${media.svg}`, import.meta.url), 'utf8'), /^<svg /);
      assert.match(media.altText, /^%walkthrough\.\w+\.alt%$/);
      for (const event of completionEvents) {
        assert.ok(keys.includes(event.replace('onContext:', '')), event);
      }
    }
  });

  it('offers the same commands for a node while it shows the tick after copying', () => {
    const menus = contributes.menus['view/item/context'] ?? [];
    const offered = (viewItem: string): string[] =>
      menus
        .filter(({ when = '', group }) => group?.startsWith('inline') === false && matches(when, viewItem))
        .map(({ command }) => command);
    for (const base of [RegistryContext.tag, RegistryContext.content, RegistryContext.entry]) {
      for (const viewItem of [base, `${base}.bundle`, `${base}.index`]) {
        assert.ok(offered(viewItem).length > 0, viewItem);
        assert.deepEqual(offered(viewItem + RegistryContext.copiedSuffix), offered(viewItem), viewItem);
      }
    }
  });

  it('defines colors with enough contrast for icons and text in every theme', () => {
    assert.deepEqual(sorted(contributes.colors.map(({ id }) => id)), sorted(Object.values(ThemeColorId)));
    const backgrounds = { dark: '#252526', light: '#f3f3f3', highContrast: '#000000', highContrastLight: '#ffffff' };
    for (const { id, defaults } of contributes.colors) {
      for (const [theme, background] of Object.entries(backgrounds)) {
        const color = defaults[theme] ?? '';
        assert.ok(contrast(color, background) >= 4.5, `${id} in ${theme}: ${contrast(color, background)}`);
      }
    }
  });

  it('offers agents the tools of the command line, hidden where AI features are off, and copying only if allowed', () => {
    const tools = [...READING_TOOLS, copyTool];
    assert.deepEqual(
      contributes.languageModelTools.map(({ name }) => name),
      agentToolIds,
    );
    for (const [index, { when, modelDescription, inputSchema }] of contributes.languageModelTools.entries()) {
      const tool = tools[index];
      assert.equal(agentToolIds[index], `${agentToolPrefix}${tool?.name ?? ''}`);
      assert.deepEqual([modelDescription, inputSchema], [tool?.description, tool?.inputSchema]);
      const isOn = '!config.chat.disableAIFeatures';
      assert.equal(when, tool === copyTool ? `${isOn} && config.carvelAirgap.agentsMayCopy` : isOn);
    }
  });

  it('31 keeps hosts and files out of reach of a workspace', () => {
    for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
      // A workspace can share the roles of registries, which contain no host to connect to.
      assert.equal(setting.scope, key === 'carvelAirgap.registryRoles' ? 'window' : 'machine', key);
      assert.notEqual(setting.default, undefined, key);
    }
    assert.deepEqual(
      sorted(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations),
      sorted(Object.keys(contributes.configuration.properties)),
    );
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });
});
