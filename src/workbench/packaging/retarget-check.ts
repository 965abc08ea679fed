import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import { placeOf } from '../../packaging/image-place.ts';
import { stalePackages } from '../../packaging/stale-packages.ts';
import { withProgress } from '../progress.ts';

/** An applied document and the bundle that the repository used before. */
export interface Retargeted {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly before: string;
  readonly after: string;
  /** The document, for applying it again. */
  readonly text: string;
}

/** Maximum time in milliseconds to wait for kapp-controller to reconcile. */
const RECONCILE_TIMEOUT = 5 * 60_000;

export interface RetargetCheckParts {
  readonly log: vscode.LogOutputChannel;
  readonly recreated: (retargeted: Retargeted) => void;
  /** Ends the wait for kapp-controller. */
  readonly signal: AbortSignal;
}

/**
 * Checks after a change of the bundle whether the Packages use the new location. Older versions of kapp-controller reuse
 * cached content when only the registry changes; creating the repository again fixes this. Resolves when the result is
 * known or the wait timed out; never rejects.
 */
export async function checkRetargeted(
  { log, recreated, signal }: RetargetCheckParts,
  session: ClusterSession,
  retargeted: Retargeted,
): Promise<void> {
  const { name, before, after } = retargeted;
  try {
    const stale = await countStale(session, retargeted, signal);
    if (stale === 0) {
      log.info(`The Packages of ${name} point to ${after}`);
      return;
    }
    log.warn(`${stale} Packages of ${name} still point to ${before}`);
    if (await offerToRecreate(session, retargeted, stale)) recreated(retargeted);
  } catch (error) {
    if (!isAbort(error)) log.warn(`Whether the Packages of ${name} point to ${after} is not known: ${String(error)}`);
  }
}

/** Counts the Packages that still refer to the old location after the change was reconciled; zero if it was not. */
async function countStale(session: ClusterSession, retargeted: Retargeted, signal: AbortSignal): Promise<number> {
  const { namespace, name, generation, before, after } = retargeted;
  const stop = new AbortController();
  let isReady = false;
  await session.watchPackageRepository(
    namespace,
    name,
    (seen) => {
      if (seen.kind === 'unreachable') return;
      isReady = seen.kind === 'present' && seen.state.kind === 'ready';
      const isSuperseded = seen.kind === 'absent' || (seen.repository.generation ?? 0) > generation;
      if (isReady || isSuperseded) stop.abort();
    },
    AbortSignal.any([stop.signal, signal, AbortSignal.timeout(RECONCILE_TIMEOUT)]),
  );
  if (!isReady) return 0;
  const packages = await session.packages(namespace, signal);
  return stalePackages(packages, retargeted, before, after).length;
}

/** @returns whether the user had the PackageRepository recreated */
async function offerToRecreate(session: ClusterSession, retargeted: Retargeted, stale: number): Promise<boolean> {
  const { namespace, name, before, text } = retargeted;
  const recreate = vscode.l10n.t('Recreate');
  const message = vscode.l10n.t(
    '{0} was reconciled, but {1} of its Packages still point to {2}, because kapp-controller used its cache. Recreating the PackageRepository fetches them again; its Packages disappear for a moment.',
    name,
    stale,
    placeOf(before).repository,
  );
  if ((await vscode.window.showWarningMessage(message, recreate)) !== recreate) return false;
  await withProgress(vscode.l10n.t('Recreating {0}', name), async (signal) => {
    await session.deletePackageRepository({ namespace, name }, signal);
    await untilGone(session, { namespace, name }, signal);
    await session.applyPackageRepository(text, { signal, namespace });
  });
  return true;
}

async function untilGone(
  session: ClusterSession,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  await session.watchPackageRepository(
    namespace,
    name,
    ({ kind }) => {
      if (kind === 'absent') stop.abort();
    },
    AbortSignal.any([signal, stop.signal]),
  );
  signal.throwIfAborted();
}
