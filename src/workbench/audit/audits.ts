import * as vscode from 'vscode';

import { makeReport } from '../../audit/report.ts';
import type { AuditedImage, AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { LiveRepositoryTarget } from '../../contract/audit.ts';

const MOST = 100;

/** An audit, and when it was done: registries and clusters go on changing. */
export interface Audited {
  /** As it was asked for. */
  readonly reference: string;
  readonly isLock: boolean;
  readonly report: AuditReport;
  readonly at: Date;
}

/** The audits of this session: the last one of each reference, and of each PackageRepository in a cluster. */
export class Audits implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #audits = new Map<string, Audited>();

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  /** @param reference as it stands in the document */
  get(reference: string): AuditReport | undefined {
    return this.#audits.get(reference)?.report ?? this.#inLock(reference);
  }

  /** What a cluster made of a bundle is audited by itself: it may be something else than what the bundle promises. */
  ofRepository(repository: LiveRepositoryTarget): Audited | undefined {
    return this.#audits.get(keyOf(repository));
  }

  put({ reference, images }: AuditTarget, report: AuditReport, repository?: LiveRepositoryTarget): void {
    const audited = { reference, isLock: images !== undefined, report, at: new Date() };
    for (const key of [reference, ...(repository === undefined ? [] : [keyOf(repository)])]) {
      this.#audits.delete(key);
      this.#audits.set(key, audited);
      const [oldest] = this.#audits.keys();
      if (this.#audits.size > MOST && oldest !== undefined) this.#audits.delete(oldest);
    }
    this.#changes.fire();
  }

  /** What the last audit of a lock said of one of its images. */
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
