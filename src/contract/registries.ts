import type { RegistryTarget, RepositoryTarget, ImageTarget } from './targets.ts';

export const registriesView = 'carvelAirgap.registries';

export const RegistryCommand = {
  add: 'carvelAirgap.addRegistry',
  remove: 'carvelAirgap.removeRegistry',
  addRepository: 'carvelAirgap.addRepository',
  removeRepository: 'carvelAirgap.removeRepository',
  copyReference: 'carvelAirgap.copyReference',
  refreshAll: 'carvelAirgap.refreshRegistries',
  refresh: 'carvelAirgap.refreshRegistryNode',
  /** The same for a node that is an error. */
  retry: 'carvelAirgap.retryRegistryNode',
  loadMore: 'carvelAirgap.loadMore',
  trustCertificate: 'carvelAirgap.trustCertificate',
  usePlainHttp: 'carvelAirgap.usePlainHttp',
  trustTokenServer: 'carvelAirgap.trustTokenServer',
} as const;

/** A node of the view, by the id of its tree item. */
export interface RegistryNodeTarget {
  readonly id: string;
}

/** A token server on another host than its registry. */
export interface TokenServerTarget extends RegistryTarget {
  /** host[:port] */
  readonly tokenServer: string;
}

export interface RegistryCommandArguments {
  [RegistryCommand.add]: [];
  [RegistryCommand.remove]: [target?: RegistryTarget];
  [RegistryCommand.addRepository]: [target?: RegistryTarget];
  [RegistryCommand.removeRepository]: [target?: RepositoryTarget];
  [RegistryCommand.copyReference]: [target?: ImageTarget];
  [RegistryCommand.refreshAll]: [];
  [RegistryCommand.refresh]: [node: RegistryNodeTarget];
  [RegistryCommand.retry]: [node: RegistryNodeTarget];
  [RegistryCommand.loadMore]: [node: RegistryNodeTarget];
  [RegistryCommand.trustCertificate]: [target?: RegistryTarget];
  [RegistryCommand.usePlainHttp]: [target?: RegistryTarget];
  [RegistryCommand.trustTokenServer]: [target: TokenServerTarget];
}

/** What `viewItem` is in a menu's `when`. */
export const RegistryContext = {
  registry: 'registry',
  repository: 'repository',
  /** A repository that the user added by name, which can be taken off the list again. */
  addedRepository: 'repository.added',
  tag: 'tag',
  bundle: 'tag.bundle',
  internalTags: 'internalTags',
  more: 'more',
  noCatalog: 'noCatalog',
  /** Nobody has logged in, and the registry lists its repositories only to those who have. */
  noCatalogAnonymous: 'noCatalog.anonymous',
  error: 'error',
  /** An error that other credentials, a trusted certificate or plain http may help against. */
  credentialsError: 'error.credentials',
  certificateError: 'error.certificate',
  httpError: 'error.http',
} as const;
