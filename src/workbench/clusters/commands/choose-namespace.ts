import * as vscode from 'vscode';

import { isContextTarget } from '../../../contract/clusters.ts';
import type { ContextTarget } from '../../../contract/clusters.ts';
import { hasCode } from '../../../base/errors.ts';
import { back, pick } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import type { ClusterTree } from '../cluster-tree.ts';
import type { Clusters } from '../clusters.ts';
import type { ContextPicker } from '../context-picker.ts';
import type { ShownNamespaces } from '../shown-namespaces.ts';

interface Chosen {
  /** Undefined for all namespaces. */
  readonly namespace?: string;
}

export interface ChooseNamespaceParts {
  readonly clusters: Clusters;
  readonly contexts: ContextPicker;
  readonly namespaces: ShownNamespaces;
  readonly tree: ClusterTree;
}

/** Chooses the namespace that the view shows for a context. Users who may not list namespaces type the name. */
export async function chooseNamespace(parts: ChooseNamespaceParts, given?: ContextTarget): Promise<void> {
  const { clusters, contexts, namespaces, tree } = parts;
  const context = isContextTarget(given) ? given.context : (await contexts.choose())?.name;
  if (context === undefined) return;
  const { isNamespaceName } = await import('../../../packaging/repository-name.ts');
  const session = await clusters.session(context);
  const answer = await pick<Chosen>({
    title: vscode.l10n.t('Filter by Namespace'),
    placeholder: vscode.l10n.t('Choose or enter a namespace of {0}', context),
    choices: async (signal) => {
      const all = { label: vscode.l10n.t('All Namespaces'), value: {} };
      try {
        return [all, ...(await session.namespaces(signal)).map(choiceOf)];
      } catch (error) {
        if (!hasCode(error, 'cluster.forbidden')) throw error;
        return [all, choiceOf(session.defaultNamespace)];
      }
    },
    typed: (text) => (isNamespaceName(text) ? [{ ...choiceOf(text), alwaysShow: true }] : []),
  });
  if (answer === undefined || answer === back) return;
  await namespaces.choose(context, answer.namespace);
  tree.retry(context);
}

function choiceOf(namespace: string): Choice<Chosen> {
  return { label: namespace, value: { namespace } };
}
