import * as vscode from 'vscode';

import { makeReport } from '../../audit/report.ts';
import type { AuditedImage, AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { LiveRepositoryTarget } from '../../contract/audit.ts';

const MAX_AUDITS = 100;

/** The result of an audit, with its time because registries and clusters change afterwards. */
export interface Audited {
  /** The audited reference, as it was requested. */
  readonly reference: string;
  readonly isLock: boolean;
  readonly report: AuditReport;
  readonly at: Date;
  /** The cluster that is asked whether it is ready. */
  readonly context?: string;
}

/** The audits of this session: the latest for each reference and for each PackageRepository in a cluster. */
export class Audits implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #audits = new Map<string, Audited>();

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  /** @param reference as written in the document */
  get(reference: string): AuditReport | undefined {
    return this.#audits.get(reference)?.report ?? this.#inLock(reference);
  }

  /** When the audit of a reference was made. */
  at(reference: string): Date | undefined {
    return this.#audits.get(reference)?.at;
  }

  /**
   * An audit of a PackageRepository is stored separately from the audit of its bundle, because the cluster may have created
   * other Packages.
   */
  ofRepository(repository: LiveRepositoryTarget): Audited | undefined {
    return this.#audits.get(keyOf(repository));
  }

  /** The latest audit of everything that a cluster pulls. */
  ofCluster(context: string): Audited | undefined {
    return this.#audits.get(clusterKey(context));
  }

  /** Whether a cluster is ready for a Package or bundle, by what `putReady` returned. */
  ready(key: string): Audited | undefined {
    return this.#audits.get(key);
  }

  /** @param name what shall be installed, and where */
  putReady(context: string, name: string, report: AuditReport): string {
    const key = JSON.stringify([context, name]);
    this.#put([key], { reference: name, isLock: false, report, at: new Date(), context });
    return key;
  }

  putCluster(context: string, report: AuditReport): void {
    this.#put([clusterKey(context)], { reference: context, isLock: false, report, at: new Date() });
  }

  put({ reference, images }: AuditTarget, report: AuditReport, repository?: LiveRepositoryTarget): void {
    const audited = { reference, isLock: images !== undefined, report, at: new Date() };
    this.#put([reference, ...(repository === undefined ? [] : [keyOf(repository)])], audited);
  }

  #put(keys: readonly string[], audited: Audited): void {
    for (const key of keys) {
      this.#audits.delete(key);
      this.#audits.set(key, audited);
      const [oldest] = this.#audits.keys();
      if (this.#audits.size > MAX_AUDITS && oldest !== undefined) this.#audits.delete(oldest);
    }
    this.#changes.fire();
  }

  /** Returns the latest audit of a lock that lists this image. */
  #inLock(reference: string): AuditReport | undefined {
    const lock = [...this.#audits.values()].findLast(
      ({ isLock: ofLock, report }) => ofLock && rowsOf(report, reference).length,
    );
    if (lock === undefined) return undefined;
    const { target, inside } = lock.report;
    return makeReport(target, inside, rowsOf(lock.report, reference), []);
  }

  dispose(): void {
    this.#changes.dispose();
  }
}

function rowsOf({ images }: AuditReport, reference: string): readonly AuditedImage[] {
  return images.filter(({ origin }) => origin === reference);
}

function keyOf({ context, namespace, name }: LiveRepositoryTarget): string {
  return JSON.stringify([context, namespace, name]);
}

function clusterKey(context: string): string {
  return JSON.stringify([context]);
}
