import * as vscode from 'vscode';

import { parseJson, record, text } from '../../../base/json.ts';
import { printable } from '../../../base/printable.ts';
import type { JobPod, SeenJob } from '../../../cluster/jobs-api.ts';
import { jobScheme } from '../../../contract/relocations.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { LiveContent } from '../../view/live-documents.ts';

/** Plain data, because it is part of a URI. */
export interface JobTarget {
  readonly context: string;
  readonly namespace: string;
  readonly job: string;
}

/** Documents with the state of a Job and its pods. */
export function jobContent(clusters: Clusters): LiveContent<JobTarget> {
  return {
    scheme: jobScheme,
    title: ({ job }) => vscode.l10n.t('Job {0}', job),
    watch: async ({ context, namespace, job }, show, signal) => {
      const session = await clusters.session(context);
      const onSeen = (seen: SeenJob): void =>
        show({ text: jobText(context, `${namespace}/${job}`, seen), actions: [] });
      await session.watchJob({ namespace, name: job }, onSeen, signal);
    },
  };
}

function jobText(context: string, place: string, { job, pods }: SeenJob): string {
  if (job === undefined)
    return vscode.l10n.t('There is no Job {0} in {1}. It may have been deleted after its end.', place, context);
  const states = {
    running: vscode.l10n.t('running'),
    suspended: vscode.l10n.t('suspended'),
    complete: vscode.l10n.t('complete'),
    failed: vscode.l10n.t('failed'),
  };
  return [
    vscode.l10n.t('Job {0} in {1}: {2}', place, context, states[job.state]),
    vscode.l10n.t('{0} of {1} parts are done.', job.succeeded, job.completions),
    ...(job.message === undefined ? [] : [printable(job.message)]),
    '',
    ...[...pods].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)).flatMap(podLines),
  ].join('\n');
}

function podLines({ index = 0, name, state, problem, result }: JobPod): string[] {
  const states = {
    waiting: vscode.l10n.t('waiting'),
    running: vscode.l10n.t('running'),
    succeeded: vscode.l10n.t('done'),
    failed: vscode.l10n.t('failed'),
  };
  const { error, remedy } = record(parseJson(Buffer.from(result ?? '')));
  const details = [problem, error, remedy].flatMap((each) => text(each) ?? []).map((each) => `    ${printable(each)}`);
  return [`${vscode.l10n.t('Part {0}', index + 1)}  ${name}  ${states[state]}`, ...details];
}
