import type { InstallDetails } from '../../cluster/installs-api.ts';
import type {
  InstalledObject,
  InstalledPod,
  PodContainer,
  PodEvent,
} from '../../packaging/install/installed-objects.ts';
import { presentStages } from '../../packaging/reconcile-stage.ts';
import type { ReconcileStage } from '../../packaging/reconcile-stage.ts';
import type { StageStatus } from '../../packaging/reconcile-status.ts';
import type { ObjectAddress } from '../../cluster/actions-api.ts';

/** What a node below a PackageInstall shows. */
export type InstallPart =
  | { readonly is: 'stage'; readonly stage: ReconcileStage; readonly status: StageStatus | undefined }
  | { readonly is: 'resources'; readonly resources: readonly InstalledObject[] }
  | { readonly is: 'resource'; readonly object: InstalledObject }
  | { readonly is: 'pods'; readonly pods: readonly InstalledPod[]; readonly origins: Origins }
  | { readonly is: 'pod'; readonly pod: InstalledPod; readonly origins: Origins }
  | { readonly is: 'container'; readonly container: PodContainer; readonly origin: string | undefined }
  | { readonly is: 'event'; readonly event: PodEvent };

/** Original references of images, by those that are deployed. */
type Origins = Readonly<Record<string, string>>;

/** A node below a PackageInstall. It is replaced with each change. */
export interface DetailNode {
  readonly kind: 'detail';
  readonly id: string;
  readonly context: string;
  /** Of the PackageInstall. */
  readonly install: ObjectAddress;
  readonly part: InstallPart;
}

type Parent = Pick<DetailNode, 'id' | 'context' | 'install'>;

const STAGES: readonly ReconcileStage[] = ['fetch', 'template', 'deploy'];

/** The stages, resources and pods of a PackageInstall. */
export function installParts(parent: Parent, { app, resources, pods }: InstallDetails): DetailNode[] {
  const origins = Object.assign({}, ...resources.map((each) => each.origins)) as Origins;
  const stages = app.status === undefined ? {} : presentStages(app.status);
  return [
    ...STAGES.map((stage) => node(parent, stage, { is: 'stage', stage, status: stages[stage] })),
    node(parent, 'resources', { is: 'resources', resources }),
    node(parent, 'pods', { is: 'pods', pods, origins }),
  ];
}

export function partChildren(parent: DetailNode): DetailNode[] {
  const { part } = parent;
  switch (part.is) {
    case 'resources':
      return part.resources.map((object) =>
        node(parent, `${object.kind} ${object.namespace ?? ''}/${object.name}`, { is: 'resource', object }),
      );
    case 'pods': {
      const { origins } = part;
      return part.pods.map((pod) => node(parent, `${pod.namespace}/${pod.name}`, { is: 'pod', pod, origins }));
    }
    case 'pod': {
      const { pod, origins } = part;
      return [
        ...pod.containers.map((container) =>
          node(parent, container.name, { is: 'container', container, origin: origins[container.image] }),
        ),
        ...pod.events.map((event, index) => node(parent, String(index), { is: 'event', event })),
      ];
    }
    case 'stage':
    case 'resource':
    case 'container':
    case 'event':
    default:
      return [];
  }
}

function node({ id, context, install }: Parent, name: string, part: InstallPart): DetailNode {
  return { kind: 'detail', id: JSON.stringify([id, name]), context, install, part };
}
