import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { ClusterCommand } from '../../contract/clusters.ts';
import { InstallCommand } from '../../contract/installs.ts';
import type { DocumentPlace } from '../../contract/targets.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import { severityIconId } from '../clusters/state-text.ts';
import { errorText, translated } from '../errors/error-text.ts';
import type { Observed } from '../packaging/observations.ts';
import { withoutIcons } from '../text/formatting.ts';
import { LensChanges } from '../view/lens-changes.ts';
import type { InstallParts } from './install-parts.ts';
import { installRemedyAction } from './install-remedy-action.ts';
import type { InstallState } from './install-state.ts';

const MAX_TITLE_LENGTH = 160;
/** VS Code trims the space after an icon. */
const NO_BREAK_SPACE = '\u00a0';
/** Documents with other schemes, such as those of diff editors, offer no Apply. */
const WRITABLE = /^(file|untitled|vscode-remote|vscode-userdata|carvel-airgap-install)$/;

type LensParts = Pick<InstallParts, 'clusters' | 'documents' | 'targets' | 'observations'>;

/** The lenses above each PackageInstall and Package of a YAML document. They show known state and cause no requests. */
export class InstallLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  readonly #changes = new LensChanges();
  readonly #parts: LensParts;
  readonly #disposables: vscode.Disposable[];
  #targetRequested = false;

  constructor(parts: LensParts) {
    this.#parts = parts;
    this.onDidChangeCodeLenses = this.#changes.event;
    const redraw = () => this.#changes.fire();
    this.#disposables = [
      this.#changes,
      parts.targets.onDidChange(redraw),
      parts.observations.onDidChange(redraw),
      vscode.languages.registerCodeLensProvider({ language: 'yaml' }, this),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!WRITABLE.test(document.uri.scheme)) return [];
    const { documents } = this.#parts;
    const [installs, packages] = [await documents.installs(document), await documents.packages(document)];
    if (installs.length > 0 && !this.#targetRequested) {
      this.#targetRequested = true;
      void this.#askTarget();
    }
    const at = (line: number): DocumentPlace => ({ uri: document.uri.toString(), line });
    return [
      ...installs.flatMap((found) =>
        // Above the first of its documents and its values as well, which may be far above the PackageInstall itself.
        [...new Set([found.first, ...found.secrets, found.place].map(({ line }) => line))].flatMap((line) =>
          lensesAt(line, this.#commands(found, at(found.place.line))),
        ),
      ),
      ...packages.flatMap(({ place: { line } }) => lensesAt(line, [install(at(line))])),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Reads the kubeconfig in the background; the lenses are redrawn when it is available. */
  async #askTarget(): Promise<void> {
    await this.#parts.targets.context();
    this.#changes.fire();
  }

  #commands(found: FoundInstall, place: DocumentPlace): vscode.Command[] {
    if (found.error !== undefined) {
      return [
        { command: '', title: `$(error)${NO_BREAK_SPACE}${text(vscode.l10n.t('Not valid YAML: {0}', found.error))}` },
      ];
    }
    const { clusters, targets, observations } = this.#parts;
    const target = targets.knownFor(found.context);
    const diff = { command: InstallCommand.diff, title: vscode.l10n.t('Diff'), arguments: [place] };
    if (target === undefined) {
      return [{ command: InstallCommand.apply, title: vscode.l10n.t('Apply…'), arguments: [place] }, diff];
    }
    const namespace = found.namespace?.value ?? target.namespace;
    const name = found.name?.value ?? '';
    const observed = observations.get({ context: target.name, namespace, name });
    const live = { context: target.name, install: { namespace, name } };
    const fix = observed?.state && installRemedyAction(clusters, live, observed.state);
    const title = vscode.l10n.t('Apply to {0} / {1}', target.name, namespace);
    return [
      { command: InstallCommand.apply, title: text(title), arguments: [place] },
      // Early, because a narrow editor cuts the end of the line.
      ...(observed === undefined
        ? []
        : [
            { command: InstallCommand.explain, title: stateTitle(observed), arguments: [place] },
            ...(fix === undefined ? [] : [{ command: InstallCommand.fix, title: text(fix.title), arguments: [live] }]),
          ]),
      diff,
      // A document that names its context cannot be applied to another one.
      ...(found.context === undefined
        ? [{ command: ClusterCommand.useContext, title: vscode.l10n.t('Change Context…') }]
        : []),
      ...(observed === undefined
        ? []
        : [
            { command: InstallCommand.showDetails, title: vscode.l10n.t('Details'), arguments: [place] },
            { command: InstallCommand.upgrade, title: vscode.l10n.t('Upgrade…'), arguments: [place] },
          ]),
    ];
  }
}

function lensesAt(line: number, commands: readonly vscode.Command[]): vscode.CodeLens[] {
  const range = new vscode.Range(line, 0, line, 0);
  return commands.map((command) => new vscode.CodeLens(range, command));
}

function install(place: DocumentPlace): vscode.Command {
  return { command: InstallCommand.install, title: vscode.l10n.t('Install…'), arguments: [place] };
}

function stateTitle({ state, error }: Observed<InstallState>): string {
  if (error !== undefined) return `$(error)${NO_BREAK_SPACE}${text(errorText(error).message)}`;
  if (state === undefined) return `$(circle-slash)${NO_BREAK_SPACE}${vscode.l10n.t('No longer in the cluster')}`;
  const { headline, detail, severity } = state.description;
  const { version } = state.install;
  const more = detail === undefined ? version : translated(detail);
  const words = more === undefined ? translated(headline) : vscode.l10n.t('{0} · {1}', translated(headline), more);
  const icon = severity === 'busy' ? 'sync~spin' : severityIconId(severity);
  return `$(${icon})${NO_BREAK_SPACE}${text(words)}`;
}

/** Makes a text safe and short enough for a lens. */
function text(words: string): string {
  return withoutIcons(printable(words, MAX_TITLE_LENGTH));
}
