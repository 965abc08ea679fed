import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { KubeContext } from '../../cluster/api.ts';
import { AuditCommand } from '../../contract/audit.ts';
import { ClusterCommand } from '../../contract/clusters.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import type { DocumentPlace } from '../../contract/targets.ts';
import type { FoundRepository } from '../../packaging/documents/find-documents.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import type { Audits } from '../audit/audits.ts';
import { auditMark } from '../audit/report-text.ts';
import { stateDetail, stateIconId, stateText } from '../clusters/state-text.ts';
import { errorText } from '../errors/error-text.ts';
import { withoutIcons } from '../text/formatting.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { NamespaceAccess } from '../clusters/namespace-access.ts';
import { knownState } from './known-repositories.ts';
import type { KnownRepositories } from './known-repositories.ts';
import type { Observations, Observed } from './observations.ts';
import type { CarvelDocuments } from '../editor/carvel-documents.ts';
import { LensChanges } from '../view/lens-changes.ts';

/** Maximum length of a lens title, which shares its line with other lenses. */
const MAX_TITLE_LENGTH = 100;
/** VS Code removes a plain space after an icon. */
const NO_BREAK_SPACE = '\u00a0';

export interface RepositoryLensesParts {
  readonly documents: CarvelDocuments;
  readonly targets: ApplyTargets;
  readonly observations: Observations<ReconcileState>;
  readonly access: NamespaceAccess;
  readonly audits: Pick<Audits, 'get' | 'onDidChange'>;
  readonly known: KnownRepositories;
}

/** Documents with other schemes, such as those of diff editors, offer no Apply. */
const WRITABLE = /^(file|untitled|vscode-remote|vscode-userdata)$/;

/** The lenses above each PackageRepository of a YAML document. They show known state and cause no requests. */
export class RepositoryLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  readonly #changes = new LensChanges();
  readonly #parts: RepositoryLensesParts;
  readonly #disposables: vscode.Disposable[];
  targetRequested = false;

  constructor(parts: RepositoryLensesParts) {
    this.#parts = parts;
    const { targets, observations, access, audits, known } = parts;
    this.onDidChangeCodeLenses = this.#changes.event;
    const redraw = () => this.#changes.fire();
    this.#disposables = [
      this.#changes,
      targets.onDidChange(redraw),
      observations.onDidChange(redraw),
      access.onDidChange(redraw),
      audits.onDidChange(redraw),
      known.onDidChange(redraw),
      vscode.languages.registerCodeLensProvider({ language: 'yaml' }, this),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!WRITABLE.test(document.uri.scheme)) return [];
    const found = await this.#parts.documents.repositories(document);
    if (found.length > 0 && !this.targetRequested) {
      this.targetRequested = true;
      void this.#askTarget();
    }
    const lenses = found.map(async (each) => {
      const place = { uri: document.uri.toString(), line: each.place.line };
      const range = new vscode.Range(each.place.line, 0, each.place.line, 0);
      return (await this.#commands(each, place)).map((command) => new vscode.CodeLens(range, command));
    });
    return (await Promise.all(lenses)).flat();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Reads the kubeconfig in the background; the lenses are redrawn when it is available. */
  async #askTarget(): Promise<void> {
    await this.#parts.targets.context();
    this.#changes.fire();
  }

  async #commands(found: FoundRepository, place: DocumentPlace): Promise<vscode.Command[]> {
    if (found.error !== undefined) {
      return [
        { command: '', title: `$(error)${NO_BREAK_SPACE}${text(vscode.l10n.t('Not valid YAML: {0}', found.error))}` },
      ];
    }
    if (found.oldApiVersion) return [fixApiVersion(found, place)];
    const { targets, observations, access, audits, known } = this.#parts;
    const target = targets.knownFor(found.context);
    if (target === undefined) {
      return [{ command: PackagingCommand.apply, title: vscode.l10n.t('Apply…'), arguments: [place] }, diff(place)];
    }
    const namespace = found.namespace?.value ?? target.namespace;
    const name = found.name?.value ?? '';
    const mayChange = access.known(target.name, namespace)?.change !== false;
    const audit = found.image && audits.get(found.image.value);
    const address = { context: target.name, namespace, name };
    const observed = observations.get(address) ?? (await knownState(known, address));
    return [
      mayChange ? apply(target, namespace, place) : notAllowed(target, namespace, place),
      // Early, because a narrow editor cuts the end of the line.
      ...(observed === undefined ? [] : [state(observed, place)]),
      ...(audit === undefined ? [] : [lastAudit(audit, place)]),
      diff(place),
      // A document that names its context cannot be applied to another one.
      ...(found.context === undefined
        ? [{ command: ClusterCommand.useContext, title: vscode.l10n.t('Change Context…') }]
        : []),
    ];
  }
}

function apply(target: KubeContext, namespace: string, place: DocumentPlace): vscode.Command {
  const title = vscode.l10n.t('Apply to {0} / {1}', target.name, namespace);
  return { command: PackagingCommand.apply, title: text(title), arguments: [place] };
}

function diff(place: DocumentPlace): vscode.Command {
  return { command: PackagingCommand.diff, title: vscode.l10n.t('Diff'), arguments: [place] };
}

/** Shown as a lens although it may be outdated; Apply checks the permission again. */
function notAllowed(target: KubeContext, namespace: string, place: DocumentPlace): vscode.Command {
  const title = vscode.l10n.t('No permission to apply to {0} / {1}', target.name, namespace);
  return { command: PackagingCommand.apply, title: `$(lock)${NO_BREAK_SPACE}${text(title)}`, arguments: [place] };
}

function fixApiVersion({ apiVersion }: FoundRepository, place: DocumentPlace): vscode.Command {
  const title = vscode.l10n.t('{0} is not served: change to packaging.carvel.dev/v1alpha1', apiVersion.value);
  return {
    command: PackagingCommand.fixApiVersion,
    title: `$(warning)${NO_BREAK_SPACE}${text(title)}`,
    arguments: [place],
  };
}

/** The result of the last audit; a click audits again and shows the report. */
function lastAudit(report: AuditReport, place: DocumentPlace): vscode.Command {
  const icon = report.isInside ? (report.isComplete ? 'pass' : 'question') : 'warning';
  const title = `$(${icon})${NO_BREAK_SPACE}${text(auditMark(report))}`;
  return { command: AuditCommand.audit, title, arguments: [place] };
}

function state(observed: Observed<ReconcileState>, place: DocumentPlace): vscode.Command {
  return { command: PackagingCommand.explainState, title: stateTitle(observed), arguments: [place] };
}

function stateTitle({ state, error }: Observed<ReconcileState>): string {
  if (error !== undefined) return `$(error)${NO_BREAK_SPACE}${text(errorText(error).message)}`;
  if (state === undefined) return `$(circle-slash)${NO_BREAK_SPACE}${vscode.l10n.t('No longer in the cluster')}`;
  const detail = stateDetail(state);
  const words = detail === '' ? stateText(state) : vscode.l10n.t('{0} · {1}', stateText(state), detail);
  const icon = state.severity === 'busy' ? 'sync~spin' : stateIconId(state);
  return `$(${icon})${NO_BREAK_SPACE}${text(words)}`;
}

/** Makes a text safe and short enough for a lens. */
function text(words: string): string {
  return withoutIcons(printable(words, MAX_TITLE_LENGTH));
}
