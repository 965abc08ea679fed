import { back } from '../picks/pick.ts';
import type { RelocationSourceSpec } from '../../relocation/request.ts';
import type { Destination, DestinationPicker } from './destination-picker.ts';
import { repositoryForFile } from './file-repository.ts';
import { repositoryAt } from './place.ts';
import type { WizardQuestions } from './relocation-wizard.ts';

export interface FileDraft {
  readonly destination?: Destination;
}

export interface RelocatedFile {
  /** Short, for titles. */
  readonly name: string;
  readonly title: string;
  readonly source: RelocationSourceSpec;
}

/** What is asked to relocate what a file holds or names: where to, and how. */
export function fileQuestions(
  destinations: DestinationPicker,
  { name, title, source }: RelocatedFile,
): WizardQuestions<FileDraft> {
  const suggested = repositoryForFile(name);
  return {
    steps: () => [
      async (draft, place) => {
        const answer = await destinations.choose({ title, paths: [suggested] }, place, draft.destination);
        return answer === back || answer === undefined ? answer : { destination: answer };
      },
    ],
    jobs: ({ destination }) => {
      if (destination === undefined) return [];
      const repository = repositoryAt(destination.place, suggested);
      return [
        { name, request: { source, destination: { kind: 'repository', repository }, options: destination.options } },
      ];
    },
  };
}
