import * as vscode from 'vscode';

import { ThemeColorId } from '../../contract/views.ts';
import { describeState } from '../../packaging/describe-state.ts';
import type { ClusterFacts, StateDescription } from '../../packaging/describe-state.ts';
import type { ReconcileState, Severity } from '../../packaging/reconcile-state.ts';
import { translated } from '../errors/error-text.ts';

export function stateText(state: ReconcileState): string {
  return translated(described(state).headline);
}

/** Details that the short text leaves out, such as the selected tag or the error; empty for most states. */
export function stateDetail(state: ReconcileState): string {
  const { detail } = described(state);
  return detail === undefined ? '' : translated(detail);
}

/** All details, as lines for a tooltip, a dialog or a document. */
export function stateLines(state: ReconcileState, facts?: ClusterFacts): readonly string[] {
  const { headline, lines } = describeState(state, formatClockTime, facts);
  return [headline, ...lines].map(translated);
}

function described(state: ReconcileState): StateDescription {
  return describeState(state, formatClockTime);
}

/** Formats a time, with the date unless it is today. */
export function formatClockTime(time: number): string {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? date.toLocaleTimeString() : date.toLocaleString();
}

const ICONS: Readonly<Record<Severity, { readonly id: string; readonly color?: string }>> = {
  ok: { id: 'pass', color: ThemeColorId.success },
  busy: { id: 'sync' },
  quiet: { id: 'debug-pause' },
  warning: { id: 'warning', color: 'list.warningForeground' },
  error: { id: 'error', color: 'list.errorForeground' },
};

/** The name of a ThemeIcon, also for use in `$(name)`. */
export function stateIconId({ severity }: ReconcileState): string {
  return severityIconId(severity);
}

export function severityIconId(severity: Severity): string {
  return ICONS[severity].id;
}

export function severityIcon(severity: Severity): vscode.ThemeIcon {
  const { id, color } = ICONS[severity];
  return color === undefined ? new vscode.ThemeIcon(id) : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}
