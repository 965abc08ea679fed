import { presentStages } from '../reconcile-stage.ts';
import type { InstalledApp, InstalledPod } from './installed-objects.ts';

/** Something that kapp waits for after it has applied everything, and what that reports. Untrusted texts. */
export interface Waiting {
  /** As kapp names it, for example `deployment/web (apps/v1) namespace: demo`. */
  readonly object: string;
  readonly reason: string;
}

/** Characters at the end of the output that are read; kapp repeats the state about once a minute. */
const READ = 40_000;
/** Each line begins with the time of day. */
const TIME = /^\d{1,2}:\d{2}:\d{2}[AP]M: /;

/**
 * What kapp is waiting for, or was when it gave up, from its output (pkg/kapp/clusterapply/waiting_changes.go): only the
 * last report on each object that is not ready. The ones that explain most come first: a pod before its workload.
 */
export function waitingIn(output: string): readonly Waiting[] {
  const reports = new Map<string, Waiting[]>();
  let [top, object]: (string | undefined)[] = [];
  for (const line of output.slice(-READ).split(/\r?\n/)) {
    const text = line.replace(TIME, '');
    const [, state, about] = /^(ongoing|ok|fail): (?:reconcile|delete) (.+)$/.exec(text) ?? [];
    if (about !== undefined) {
      [top, object] = [about, about];
      if (state === 'ok') reports.delete(about);
      else reports.set(about, []);
      continue;
    }
    const part = /^\s+L (ongoing|ok|fail): waiting on (.+)$/.exec(text);
    if (part !== null) object = part[1] === 'ok' ? undefined : part[2];
    const reason = /^\s+\^ (.+)$/.exec(text)?.[1];
    if (reason !== undefined && top !== undefined && object !== undefined) {
      reports.get(top)?.unshift({ object, reason });
    }
  }
  return [...reports.values()].flat();
}

/** What does not run yet, by what kapp-controller and the pods report. */
export function waitingOf({
  app,
  pods = [],
}: {
  readonly app: InstalledApp;
  readonly pods?: readonly InstalledPod[];
}): readonly Waiting[] {
  const { deploy } = app.status === undefined ? {} : presentStages(app.status);
  return [...pods.flatMap(podProblems), ...waitingIn(deploy?.stdout ?? '')];
}

function podProblems({ namespace, name, problem, containers }: InstalledPod): readonly Waiting[] {
  const object = `pod/${name} (v1) namespace: ${namespace}`;
  return [problem, ...containers.map((container) => container.problem)].flatMap((reason) =>
    reason === undefined ? [] : [{ object, reason }],
  );
}
