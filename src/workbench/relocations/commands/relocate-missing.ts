import * as vscode from 'vscode';

import { RelocationCommand } from '../../../contract/relocations.ts';
import type { MissingTarget } from '../../../contract/relocations.ts';
import { formatRepository, tryParseReference } from '../../../oci/reference.ts';
import type { Reference } from '../../../oci/reference.ts';
import { runCommand } from '../../command-registry.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { Relocations } from '../list/relocations.ts';
import type { RelocationStarter } from '../plan/relocation-starter.ts';
import { sourceText } from '../../../relocation/request/request.ts';

export interface RelocateMissingParts {
  readonly relocations: Pick<Relocations, 'all' | 'refresh'>;
  readonly starter: Pick<RelocationStarter, 'start'>;
  /** Maps the host name that the cluster uses for a registry to the one that this machine uses. */
  readonly hostFor: (clusterHost: string) => string;
}

/**
 * Runs the relocation again that brought images to where they are missing now, and verifies its destination, after the
 * plan is confirmed. If there is none in the list, the user relocates them from their source.
 */
export async function relocateMissing(parts: RelocateMissingParts, { missing }: MissingTarget): Promise<void> {
  const { relocations, starter, hostFor } = parts;
  const images = missing.flatMap((text) => {
    const reference = tryParseReference(text);
    return reference === undefined ? [] : [{ ...reference, registry: hostFor(reference.registry) }];
  });
  const [first] = images;
  if (first === undefined) return;
  await relocations.refresh();
  const found = relocations.all().map(({ record }) => record);
  const fitting = found.filter((record) => images.some((image) => broughtTo(record, image)));
  if (fitting.length === 0) return offerSource(formatRepository(first));
  const record = fitting.length === 1 ? fitting[0] : await choose(fitting);
  if (record === undefined) return;
  const { name, request } = record;
  await starter.start({ name, request: { ...request, options: { ...request.options, repair: true } } });
}

function broughtTo({ request, report }: RelocationRecord, { registry, path, digest }: Reference): boolean {
  const { destination } = request;
  if (destination.kind !== 'repository' || destination.repository !== formatRepository({ registry, path }))
    return false;
  // A report of an older version does not list the images.
  const { results } = report ?? {};
  return digest === undefined || results === undefined || results.some((each) => each.digest === digest);
}

async function choose(records: readonly RelocationRecord[]): Promise<RelocationRecord | undefined> {
  const items = records.map((record) => ({
    label: withoutIcons(record.name),
    description: withoutIcons(sourceText(record.request.source)),
    record,
  }));
  const title = vscode.l10n.t('Relocate Missing');
  const placeHolder = vscode.l10n.t('Relocation to run again');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.record;
}

async function offerSource(repository: string): Promise<void> {
  const relocate = vscode.l10n.t('Relocate…');
  const text = vscode.l10n.t(
    'No relocation in the list goes to {0}. Relocate the bundle there from its source.',
    repository,
  );
  const answer = await vscode.window.showInformationMessage(text, relocate);
  if (answer === relocate) await runCommand(RelocationCommand.relocate);
}
