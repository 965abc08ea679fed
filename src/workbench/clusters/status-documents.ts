import * as vscode from 'vscode';

import type { RepositoryObservation } from '../../cluster/api.ts';
import { statusScheme } from '../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../contract/clusters.ts';
import { errorSentences } from '../errors/error-text.ts';
import type { LiveContent } from '../view/live-documents.ts';
import type { Clusters } from './clusters.ts';
import { statusText } from './status-text.ts';

/** Documents with the complete state of a PackageRepository. */
export function statusContent(clusters: Clusters): LiveContent<PackageRepositoryTarget> {
  return {
    scheme: statusScheme,
    title: ({ name }) => vscode.l10n.t('Status of {0}', name),
    watch: async ({ context, namespace, name }, show, signal) => {
      const textOf = (seen: RepositoryObservation): string => {
        if (seen.kind === 'present') return statusText(context, seen.repository, seen.state);
        if (seen.kind === 'absent') return vscode.l10n.t('There is no PackageRepository {0}/{1}.', namespace, name);
        return errorSentences(seen.problem.error);
      };
      const session = await clusters.session(context);
      const onState = (seen: RepositoryObservation): void => show({ text: textOf(seen), actions: [] });
      await session.watchPackageRepository(namespace, name, onState, signal);
    },
  };
}
