import { basename } from 'node:path';

import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import { isImageTarget, isRepositoryTarget } from '../../../contract/targets.ts';
import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { dropped } from '../wizard/destination-picker.ts';
import type { DestinationPicker } from '../wizard/destination-picker.ts';
import { fileQuestions } from '../wizard/file-questions.ts';
import { imageQuestions } from '../wizard/image-questions.ts';
import { lockFileFrom } from '../wizard/file-pickers.ts';
import type { RelocationWizard } from '../wizard/relocation-wizard.ts';

export interface RelocateParts {
  readonly images: ImagePicker;
  readonly destinations: DestinationPicker;
  readonly wizard: RelocationWizard;
}

/**
 * Relocates images or bundles from registries; of a repository, the user chooses the tags.
 * @param selected all selected nodes, including `given`
 * @param to the drop target; if absent, the user is asked
 */
export async function relocate(
  parts: RelocateParts,
  given?: ImageTarget | RepositoryTarget,
  selected?: readonly (ImageTarget | RepositoryTarget)[],
  to?: RegistryTarget | RepositoryTarget,
): Promise<void> {
  const whole = isImageTarget(given) || !isRepositoryTarget(given) ? undefined : given;
  const tagged = whole && (await parts.images.imagesOf(whole, vscode.l10n.t('Relocate from {0}', whole.path)));
  if (whole !== undefined && (tagged === undefined || tagged.length === 0)) return;
  const target = whole === undefined ? given : tagged?.[0];
  if (!isImageTarget(target)) return parts.wizard.ask(imageQuestions(parts.destinations, parts.images), { source: {} });
  const all = tagged ?? (Array.isArray(selected) ? selected.filter(isImageTarget) : []);
  const draft = { source: { image: target }, others: all.filter((other) => other !== target) };
  const questions = imageQuestions(parts.destinations, undefined);
  const drop = to === undefined ? 'ask' : await parts.destinations.dropOn(to);
  if (drop === undefined) return;
  if (to === undefined || drop === 'ask') return parts.wizard.ask(questions, draft);
  const paths: readonly [string, ...string[]] = [target.path, ...draft.others.map(({ path }) => path)];
  const destination = dropped(to, paths);
  return parts.wizard.start(questions, { ...draft, destination, destinedImage: target });
}

/** Relocates the images or the bundle in a BundleLock or ImagesLock. */
export async function relocateLock(parts: RelocateParts, file?: FileTarget): Promise<void> {
  const path = await lockFileFrom(file);
  if (path === undefined) return;
  const name = basename(path);
  const title = vscode.l10n.t('Relocate {0}', name);
  await parts.wizard.ask(fileQuestions(parts.destinations, title, [{ name, source: { kind: 'lock', path } }]), {});
}
