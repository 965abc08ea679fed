import * as vscode from 'vscode';

import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';
import type { PlannedRelocation, RelocationEngine } from '../../../relocation/engine.ts';
import type { RelocationEvent } from '../../../relocation/events.ts';
import { withProgress } from '../../progress.ts';
import { withoutIcons } from '../../text/formatting.ts';
import { phaseText } from '../progress-text.ts';
import { directionOf } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';

/** Creates plans while showing a cancellable progress notification. */
export class RelocationPlanner {
  readonly #engine: Pick<RelocationEngine, 'plan'>;
  readonly #inCluster: (place: ClusterPlace) => Pick<RelocationEngine, 'plan'>;
  readonly #onEvent: (name: string, event: RelocationEvent) => void;

  constructor(
    engine: Pick<RelocationEngine, 'plan'>,
    inCluster: (place: ClusterPlace) => Pick<RelocationEngine, 'plan'>,
    onEvent: (name: string, event: RelocationEvent) => void,
  ) {
    this.#engine = engine;
    this.#inCluster = inCluster;
    this.#onEvent = onEvent;
  }

  plan({ request, name, cluster }: RelocationJob): Promise<PlannedRelocation> {
    const title = {
      relocation: vscode.l10n.t('Planning to relocate {0}', withoutIcons(name)),
      export: vscode.l10n.t('Planning to export {0}', withoutIcons(name)),
      import: vscode.l10n.t('Planning to import {0}', withoutIcons(name)),
    }[directionOf(request)];
    return withProgress(title, (signal, report) => {
      const onEvent = (event: RelocationEvent): void => {
        this.#onEvent(name, event);
        if (event.type === 'phase') report({ message: phaseText(event.phase) });
      };
      const engine = cluster === undefined ? this.#engine : this.#inCluster(cluster);
      return engine.plan(request, { depth: 'ask', signal, onEvent });
    });
  }
}
