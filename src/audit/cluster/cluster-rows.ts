import { formatReference, formatRepository, tryParseReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { AuditFinding, FindingCode } from '../finding.ts';
import { isInside } from '../ledger.ts';
import type { RegistryProbe } from '../registry-probe.ts';
import type { AuditedImage, AuditStatus } from '../report.ts';
import type { AnonymousAccess } from './anonymous-access.ts';
import type { ImageReason, PullPolicy, UseGroup } from './image-use.ts';
import { isKeyFor } from './pull-secrets.ts';
import type { PullSecrets } from './pull-secrets.ts';

export interface ClusterRowsParts {
  readonly probe: RegistryProbe;
  readonly access: AnonymousAccess;
  readonly inside: readonly string[];
  readonly secrets: PullSecrets;
}

interface Judgement {
  readonly status: AuditStatus;
  readonly kind?: AuditedImage['kind'];
  readonly finding?: AuditFinding;
  /** The pull secrets with credentials for it. */
  readonly pullSecrets?: readonly string[];
}

interface Row extends Judgement {
  readonly reference: string;
  readonly origin: string;
  readonly users: Set<string>;
  readonly reasons: Set<ImageReason>;
  readonly policies: Set<PullPolicy>;
  readonly secrets: Set<string>;
  more: number;
}

/** Most users that a row names. */
const MAX_USERS = 50;

/** Judges each use of an image, and joins those with the same result into rows. */
export class ClusterRows {
  readonly notChecked: AuditFinding[] = [];
  readonly #parts: ClusterRowsParts;
  readonly #rows = new Map<string, Row>();

  constructor(parts: ClusterRowsParts) {
    this.#parts = parts;
  }

  async add(group: UseGroup, signal: AbortSignal): Promise<void> {
    const { image, reason, pullPolicy, users } = group;
    const reference = tryParseReference(image);
    if (reference === undefined) {
      // In a text, it is something else after all.
      if (reason === 'named' || reason === 'resolved') return;
      const finding = { code: 'image-invalid' as const, args: { reference: image, user: users[0] ?? '' } };
      return this.#put(image, group, { status: 'unknown', finding });
    }
    const name = formatReference(reference);
    if (pullPolicy === 'Never') {
      this.notChecked.push({ code: 'never-pulled', args: { reference: name, user: users[0] ?? '' } });
      return;
    }
    this.#put(name, group, await this.#judge(reference, group, signal));
  }

  /** Those that are not inside first, each kind sorted by reference. */
  images(): AuditedImage[] {
    const rows = [...this.#rows.values()].sort(
      (a, b) => Number(a.status === 'inside') - Number(b.status === 'inside') || (a.reference < b.reference ? -1 : 1),
    );
    return rows.map(({ reference, origin, status, kind, finding, users, more, reasons, policies, secrets }) => ({
      reference,
      origin,
      status,
      ...(kind === undefined ? {} : { kind }),
      neededBy: [...users].sort(),
      ...(more === 0 ? {} : { neededByMore: more }),
      reasons: [...reasons].sort(),
      ...(policies.size === 0 ? {} : { pullPolicies: [...policies].sort() }),
      ...(secrets.size === 0 ? {} : { pullSecrets: [...secrets].sort() }),
      ...(finding === undefined ? {} : { finding }),
    }));
  }

  #put(reference: string, { image, reason, users, more, pullPolicy }: UseGroup, judgement: Judgement): void {
    const { status, finding, pullSecrets = [] } = judgement;
    // The same image can be pulled in one namespace, and lack a pull secret in another.
    const hasOwnRow = status === 'unauthenticated' ? JSON.stringify(finding) : '';
    const key = `${reference} ${status} ${hasOwnRow}`;
    const known = this.#rows.get(key);
    const row = known ?? {
      ...judgement,
      reference,
      origin: image,
      users: new Set(),
      reasons: new Set(),
      policies: new Set(),
      secrets: new Set(),
      more: 0,
    };
    // What the kubelet pulls explains more than a text that names it.
    const isBetter = known?.finding?.code === 'named-outside' && finding?.code !== 'named-outside';
    this.#rows.set(key, isBetter ? { ...row, ...judgement } : row);
    const kept = this.#rows.get(key) ?? row;
    for (const user of users) {
      if (kept.users.size < MAX_USERS || kept.users.has(user)) kept.users.add(user);
      else kept.more++;
    }
    kept.more += more;
    kept.reasons.add(reason);
    if (pullPolicy !== undefined) kept.policies.add(pullPolicy);
    for (const secret of pullSecrets) kept.secrets.add(secret);
  }

  async #judge(reference: Reference, group: UseGroup, signal: AbortSignal): Promise<Judgement> {
    const { registry } = reference;
    const { reason, users, namespace } = group;
    const name = formatReference(reference);
    const args = {
      reference: name,
      registry,
      repository: formatRepository(reference),
      user: users[0] ?? '',
      namespace,
    };
    const bad = (status: AuditStatus, code: FindingCode, more = {}): Judgement => ({
      status,
      finding: { code, args: { ...args, ...more } },
    });
    if (!isInside(this.#parts.inside, reference)) {
      const codes = { named: 'named-outside', resolved: 'resolved-outside' } as const;
      return bad('outside', reason === 'named' || reason === 'resolved' ? codes[reason] : 'outside');
    }
    const found = await this.#parts.probe.image(reference, signal);
    if (found.kind === 'missing') return bad('missing', 'missing');
    if (found.kind !== 'whole') {
      const isIncomplete = found.kind === 'incomplete';
      return bad(isIncomplete ? 'missing' : 'unknown', isIncomplete ? 'incomplete' : 'unreadable', {
        reason: found.reason,
      });
    }
    const { kind } = found.image;
    const platforms = found.lacks?.join(', ');
    const { refused } = found;
    const note =
      refused !== undefined
        ? { finding: { code: 'not-admitted', args: { ...args, reason: refused } } as const }
        : platforms === undefined
          ? {}
          : { finding: { code: 'other-platforms', args: { ...args, platforms } } as const };
    const { pullSecrets: own, serviceAccount } = group;
    if (own === undefined) return { status: 'inside', kind, ...note };
    const { secrets } = this.#parts;
    const ofAccount = own.length === 0 && serviceAccount !== undefined;
    const names = ofAccount ? secrets.ofAccount(namespace, serviceAccount) : own;
    const fitting = names.filter((each) =>
      secrets.registriesOf(namespace, each)?.some((key) => isKeyFor(key, reference)),
    );
    const pullSecrets = fitting.map((each) => `${namespace}/${each}`);
    if (fitting.length > 0) return { status: 'inside', kind, pullSecrets, ...note };
    // What this user may not list might have fitted.
    const isUnknown = names.length === 0 ? ofAccount && !secrets.knowsAccounts : !secrets.knowsSecrets;
    if (isUnknown || (await this.#parts.access.allows(reference, signal))) return { status: 'inside', kind, ...note };
    const secret = names.join(', ');
    const isThere = names.some((each) => secrets.registriesOf(namespace, each) !== undefined);
    if (names.length === 0) return bad('unauthenticated', 'pull-secret-none');
    return bad('unauthenticated', isThere ? 'pull-secret-elsewhere' : 'pull-secret-missing', { secret });
  }
}
