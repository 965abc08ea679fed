import type { RelocationSourceSpec } from '../../../relocation/request/request.ts';
import { back } from '../../picks/pick.ts';
import type { Destination, DestinationPicker } from './destination-picker.ts';
import { repositoryForFile, repositoryAt } from './location.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { WizardQuestions } from './relocation-wizard.ts';

export interface FileDraft {
  readonly destination?: Destination;
}

export interface RelocatedFile {
  /** A short name for titles. */
  readonly name: string;
  readonly source: RelocationSourceSpec;
}

/** The questions for relocating the content of files: location and options. */
export function fileQuestions(
  destinations: DestinationPicker,
  title: string,
  files: readonly [RelocatedFile, ...RelocatedFile[]],
): WizardQuestions<FileDraft> {
  const paths = pathsFor(files);
  const only = files.length === 1 ? files[0].source : undefined;
  return {
    steps: () => [
      async (draft, place) => {
        const question = { title, paths, ...(only?.kind === 'archive' ? { packagesOf: only } : {}) };
        const answer = await destinations.choose(question, place, draft.destination);
        return answer === back || answer === undefined ? answer : { destination: answer };
      },
    ],
    jobs: ({ destination }) => (destination === undefined ? [] : files.map((file) => jobFor(file, destination))),
  };
}

/** The suggested paths, which are also used when files are dropped on a registry. */
export function pathsFor([first, ...others]: readonly [RelocatedFile, ...RelocatedFile[]]): [string, ...string[]] {
  return [repositoryForFile(first.name), ...others.map(({ name }) => repositoryForFile(name))];
}

function jobFor({ name, source }: RelocatedFile, { place, options }: Destination): RelocationJob {
  const repository = repositoryAt(place, repositoryForFile(name));
  return { name, request: { source, destination: { kind: 'repository', repository }, options } };
}
