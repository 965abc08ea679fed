import * as vscode from 'vscode';

import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import { back } from '../../picks/pick.ts';
import type { Step } from '../../picks/steps.ts';
import type { ImagePicker, SourceDraft } from '../../registries/image-picker.ts';
import { toReference } from '../../registries/to-reference.ts';
import type { Destination, DestinationPicker, DestinationQuestion } from './destination-picker.ts';
import { repositoryAt } from './location.ts';
import { imageName } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { WizardQuestions } from './relocation-wizard.ts';

export interface RelocationDraft extends SourceDraft {
  /** Images that were selected together with this one. */
  readonly others?: readonly ImageTarget[];
  readonly destination?: Destination;
  /** The image for which the destination was chosen. */
  readonly destinedImage?: ImageTarget;
}

/**
 * The questions for relocating images or bundles from registries.
 * @param images asks for the image first, if given
 */
export function imageQuestions(
  destinations: DestinationPicker,
  images: ImagePicker | undefined,
): WizardQuestions<RelocationDraft> {
  const title = vscode.l10n.t('Relocate');
  const destination = destinationStep<RelocationDraft>(destinations);
  return {
    steps: (draft) => [...(images?.steps(title, draft, 'source') ?? []), destination],
    jobs: (draft) => allImages(draft).flatMap((image) => jobFor(image, draft.destination)),
  };
}

/** @param isForPods asks only for what the pods of a Job can do */
export function destinationStep<Draft extends RelocationDraft>(
  destinations: DestinationPicker,
  isForPods = false,
): Step<Draft> {
  return async (draft, place) => {
    const [first, ...others] = allImages(draft);
    if (first === undefined) return back;
    const answer = await destinations.choose(
      { ...question([first, ...others]), isForPods },
      place,
      previousAnswer(draft),
    );
    if (answer === back || answer === undefined) return answer;
    return { ...draft, destination: answer, destinedImage: first };
  };
}

/** Keeps the options when the user goes back and chooses another image, but not the destination. */
function previousAnswer({ source, destinedImage, destination }: RelocationDraft): Partial<Destination> {
  if (destination === undefined || source.image === destinedImage) return { ...destination };
  const { toTag: _, packages: __, ...options } = destination.options;
  return { options };
}

function question(images: readonly [ImageTarget, ...ImageTarget[]]): DestinationQuestion {
  const [first, ...others] = images;
  const paths: readonly [string, ...string[]] = [first.path, ...others.map(({ path }) => path)];
  if (others.length > 0) {
    const source = others.every(({ registry }) => registry === first.registry) ? { source: first } : {};
    return { title: vscode.l10n.t('Relocate {0} items', images.length), paths, ...source };
  }
  const tag = first.tag ?? (first.digest === undefined ? 'latest' : undefined);
  const title = vscode.l10n.t('Relocate {0}', imageName(first));
  return {
    title,
    paths,
    source: first,
    packagesOf: { kind: 'bundle', reference: formatReference(toReference(first)) },
    ...(tag === undefined ? {} : { tag }),
  };
}

function allImages({ source: { image }, others = [] }: RelocationDraft): ImageTarget[] {
  return image === undefined ? [] : [image, ...others];
}

function jobFor(image: ImageTarget, destination: Destination | undefined): RelocationJob[] {
  if (destination === undefined) return [];
  const { place, options } = destination;
  const source = { kind: 'any', reference: formatReference(toReference(image)) } as const;
  const to = { kind: 'repository', repository: repositoryAt(place, image.path) } as const;
  return [{ name: imageName(image), request: { source, destination: to, options } }];
}
