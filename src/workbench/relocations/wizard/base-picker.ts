import { basename } from 'node:path';

import * as vscode from 'vscode';

import { pick, SIDE_STEP } from '../../picks/pick.ts';
import type { back, Choice } from '../../picks/pick.ts';
import type { RegistryTree } from '../../registries/registry-tree.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { Relocations } from '../list/relocations.ts';
import { timeText } from '../live-text.ts';
import { destinationRegistries } from './destination-choices.ts';
import type { RecentDestinations } from './recent-destinations.ts';
import { typedDestinations } from './typed-destination.ts';

/** Files that say what another place has. Receipts and inventories are named by whoever writes them. */
const FILES = '**/{*.tar,*.tar.sha256,*receipt*.json,*inventory*.json}';
const EXCLUDED = '**/{node_modules,.git}/**';
const MAX_FILES = 100;

const CHOOSE_FILE = Symbol('file');

export interface BasePickerParts {
  readonly setting: RegistriesSetting;
  readonly tree: RegistryTree;
  readonly recent: RecentDestinations;
  readonly relocations: Pick<Relocations, 'all'>;
}

/** Asks what the other side of an export already has. */
export class BasePicker {
  readonly #parts: BasePickerParts;

  constructor(parts: BasePickerParts) {
    this.#parts = parts;
  }

  /**
   * @param before the previous answer
   * @returns a path or registry/path
   */
  async choose(title: string, before: string | undefined): Promise<string | typeof back | undefined> {
    const registries = destinationRegistries(this.#parts.setting.all(), undefined, []);
    const hosts = registries.map(({ host }) => host);
    for (;;) {
      const answer = await pick<string | typeof CHOOSE_FILE>({
        title,
        place: SIDE_STEP,
        placeholder: vscode.l10n.t('What the other side has: a receipt, an inventory, a tarball or a repository'),
        choices: async (_signal, showMeanwhile) => {
          const [start, end] = [
            [...this.#receipts()],
            [...this.#repositories(hosts), ...section(vscode.l10n.t('More'), [fileChoice()])],
          ];
          showMeanwhile([...start, ...end]);
          return [...start, ...(await filesOfWorkspace()), ...end];
        },
        typed: (text) =>
          typedDestinations(text, hosts, false).map(({ value, ...choice }) =>
            value === undefined ? choice : { ...choice, value: value.name },
          ),
        isCurrent: (value) => value === before,
      });
      if (answer !== CHOOSE_FILE) return answer;
      const path = await baseFile(title);
      if (path !== undefined) return path;
    }
  }

  /** Receipts of imports in the list of relocations. */
  #receipts(): Choice<string>[] {
    const choices = this.#parts.relocations.all().flatMap(({ record: { report, changedAt } }) => {
      if (report?.receipt === undefined) return [];
      const description = [timeText(changedAt), withoutIcons(report.destination)].join(' · ');
      const iconPath = new vscode.ThemeIcon('output');
      return [{ label: withoutIcons(basename(report.receipt)), description, iconPath, value: report.receipt }];
    });
    return section(vscode.l10n.t('Receipts of imports'), choices);
  }

  #repositories(hosts: readonly string[]): Choice<string>[] {
    const { tree, recent } = this.#parts;
    const known = hosts.flatMap((host) => tree.knownRepositories(host).map((path) => `${host}/${path}`));
    const used = recent.all('repository').filter((name) => hosts.some((host) => name.startsWith(`${host}/`)));
    const choices = [...new Set([...used, ...known])].map((name) => ({
      label: name,
      iconPath: new vscode.ThemeIcon('repo'),
      value: name,
    }));
    return section(vscode.l10n.t('Repositories'), choices);
  }
}

async function filesOfWorkspace(): Promise<Choice<string>[]> {
  const found = await vscode.workspace.findFiles(FILES, EXCLUDED, MAX_FILES);
  const files = found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
  const choices = files.sort().map((value) => {
    const [label, path] = [withoutIcons(basename(value)), withoutIcons(vscode.workspace.asRelativePath(value))];
    const iconPath = new vscode.ThemeIcon(value.endsWith('.json') ? 'json' : 'file-zip');
    return { label, ...(path === label ? {} : { description: path }), iconPath, value };
  });
  return section(vscode.l10n.t('In this workspace'), choices);
}

function fileChoice(): Choice<typeof CHOOSE_FILE> {
  return {
    label: vscode.l10n.t('Choose a File…'),
    iconPath: new vscode.ThemeIcon('folder-opened'),
    alwaysShow: true,
    value: CHOOSE_FILE,
  };
}

/** Asks for a file that says what the other side has. */
async function baseFile(title: string): Promise<string | undefined> {
  const filter = vscode.l10n.t('Tarballs, receipts and inventories');
  const [file] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Omit What It Lists'),
      filters: { [filter]: ['tar', 'json', 'sha256'] },
    })) ?? [];
  return file?.fsPath;
}

function section<Value>(label: string, choices: readonly Choice<Value>[]): Choice<Value>[] {
  if (choices.length === 0) return [];
  return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...choices];
}
