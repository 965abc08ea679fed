import type { DigestTarget, RegistryTarget, RepositoryTarget, ImageTarget, TarballImageTarget } from './targets.ts';

/** Documents with content of registries and tarballs. */
export const imageScheme = 'carvel-airgap';

export const registriesView = 'carvelAirgap.registries';

export const RegistryCommand = {
  add: 'carvelAirgap.addRegistry',
  remove: 'carvelAirgap.removeRegistry',
  addRepository: 'carvelAirgap.addRepository',
  removeRepository: 'carvelAirgap.removeRepository',
  edit: 'carvelAirgap.editRegistry',
  /** Reconnects with the current settings and credentials. */
  reconnect: 'carvelAirgap.reconnectRegistry',
  openInBrowser: 'carvelAirgap.openInBrowser',
  copyReference: 'carvelAirgap.copyReference',
  /** Like `copyReference`, for a node that shows a tick after copying. */
  copied: 'carvelAirgap.copiedReference',
  copyTag: 'carvelAirgap.copyTag',
  copyDigest: 'carvelAirgap.copyDigest',
  verifySignature: 'carvelAirgap.verifySignature',
  deleteTag: 'carvelAirgap.deleteTag',
  showManifest: 'carvelAirgap.showManifest',
  showConfig: 'carvelAirgap.showConfig',
  showLock: 'carvelAirgap.showLock',
  /** Filters the children of a registry or repository. */
  filter: 'carvelAirgap.filter',
  removeFilter: 'carvelAirgap.removeFilter',
  refreshAll: 'carvelAirgap.refreshRegistries',
  refresh: 'carvelAirgap.refreshRegistryNode',
  /** Like `refresh`, for an error node. */
  retry: 'carvelAirgap.retryRegistryNode',
  loadMore: 'carvelAirgap.loadMore',
  trustCertificate: 'carvelAirgap.trustCertificate',
  usePlainHttp: 'carvelAirgap.usePlainHttp',
  trustTokenServer: 'carvelAirgap.trustTokenServer',
} as const;

/** A tree node, by the id of its tree item. */
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
  [RegistryCommand.edit]: [target?: RegistryTarget];
  [RegistryCommand.reconnect]: [target?: RegistryTarget];
  [RegistryCommand.openInBrowser]: [target?: RegistryTarget | RepositoryTarget];
  [RegistryCommand.copyReference]: [target?: ImageTarget];
  [RegistryCommand.copied]: [target?: ImageTarget | DigestTarget];
  [RegistryCommand.copyTag]: [target?: ImageTarget];
  [RegistryCommand.copyDigest]: [target?: ImageTarget | DigestTarget];
  [RegistryCommand.verifySignature]: [target?: ImageTarget];
  [RegistryCommand.deleteTag]: [target?: ImageTarget];
  [RegistryCommand.showManifest]: [target?: ImageTarget | TarballImageTarget];
  [RegistryCommand.showConfig]: [target?: ImageTarget | TarballImageTarget];
  [RegistryCommand.showLock]: [target?: ImageTarget | TarballImageTarget];
  [RegistryCommand.filter]: [node: RegistryNodeTarget];
  [RegistryCommand.removeFilter]: [node: RegistryNodeTarget];
  [RegistryCommand.refreshAll]: [];
  [RegistryCommand.refresh]: [node: RegistryNodeTarget];
  [RegistryCommand.retry]: [node: RegistryNodeTarget];
  [RegistryCommand.loadMore]: [node: RegistryNodeTarget];
  [RegistryCommand.trustCertificate]: [target?: RegistryTarget];
  [RegistryCommand.usePlainHttp]: [target?: RegistryTarget];
  [RegistryCommand.trustTokenServer]: [target: TokenServerTarget];
}

/** Values of `viewItem` in the `when` clauses of menus. */
export const RegistryContext = {
  registry: 'registry',
  repository: 'repository',
  /** A repository that the user added by name and can remove. */
  addedRepository: 'repository.added',
  /** Followed by `.bundle` or `.index` as soon as that is known. */
  tag: 'tag',
  /** A part of an image; followed by the same suffixes. */
  content: 'content',
  /** Follows the other suffixes while the node shows a tick after copying. */
  copiedSuffix: '.copied',
  /** A signature or another referrer. */
  attachment: 'content.attachment',
  tarballs: 'tarballs',
  tarball: 'tarball',
  /** An entry of a tarball; followed by the same suffixes. */
  entry: 'entry',
  filter: 'filter',
  nothing: 'nothing',
  noRegistries: 'noRegistries',
  internalTags: 'internalTags',
  more: 'more',
  reading: 'reading',
  noCatalog: 'noCatalog',
  /** The registry lists its repositories only to authenticated users, and there is no login. */
  noCatalogAnonymous: 'noCatalog.anonymous',
  error: 'error',
  /** An error that other credentials, a trusted certificate or plain HTTP may resolve. */
  credentialsError: 'error.credentials',
  certificateError: 'error.certificate',
  httpError: 'error.http',
} as const;
