import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { parseReference } from '../../oci/reference.ts';
import type { PlannedImage, PlanSummary } from '../../relocation/plan-summary.ts';
import { attempt } from '../errors/attempt.ts';
import { pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { aside } from '../picks/step-place.ts';
import { artifactIcon, artifactName } from '../registries/artifact-look.ts';
import { shortDigest } from '../text/short-digest.ts';
import { withoutIcons } from '../text/plain.ts';

/** The images of plans, one by one, to be looked through and searched; Back, Enter or Escape leads back to the plan. */
export async function showPlannedImages(
  title: string,
  plans: readonly { readonly view: PlanSummary }[],
): Promise<void> {
  const images = plans.flatMap(({ view }) => view.images);
  await pick<PlannedImage>({
    title,
    place: aside,
    placeholder: vscode.l10n.t('Images in this plan; Enter to go back'),
    choices: () => Promise.resolve(images.map(imageChoice)),
  });
}

function imageChoice(image: PlannedImage): Choice<PlannedImage> {
  const { reference, digest, kind, bytes, action } = image;
  const path = attempt(() => parseReference(reference).path) ?? reference;
  return {
    label: withoutIcons(path),
    description: [
      artifactName(kind),
      shortDigest(digest),
      formatBytes(bytes),
      action === 'copy' ? vscode.l10n.t('to copy') : vscode.l10n.t('already present'),
    ].join(' · '),
    iconPath: artifactIcon(kind),
    value: image,
  };
}
