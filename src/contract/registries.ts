import type { DigestTarget, RegistryTarget, RepositoryTarget, ImageTarget, TarballImageTarget } from './targets.ts';

/** Of the documents that show what registries and tarballs hold. */
export const imageScheme = 'carvel-airgap';

export const registriesView = 'carvelAirgap.registries';

export const RegistryCommand = {
  add: 'carvelAirgap.addRegistry',
  remove: 'carvelAirgap.removeRegistry',
  addRepository: 'carvelAirgap.addRepository',
  removeRepository: 'carvelAirgap.removeRepository',
  edit: 'carvelAirgap.editRegistry',
  /** Connects anew, with what the settings and credentials are now. */
  reconnect: 'carvelAirgap.reconnectRegistry',
  openInBrowser: 'carvelAirgap.openInBrowser',
  copyReference: 'carvelAirgap.copyReference',
  /** The same for a node that shows by a tick that it was just done. */
  copied: 'carvelAirgap.copiedReference',
  copyTag: 'carvelAirgap.copyTag',
  copyDigest: 'carvelAirgap.copyDigest',
  deleteTag: 'carvelAirgap.deleteTag',
  showManifest: 'carvelAirgap.showManifest',
  showConfig: 'carvelAirgap.showConfig',
  showLock: 'carvelAirgap.showLock',
  /** Shows only some of what is below a registry or repository. */
  filter: 'carvelAirgap.filter',
  removeFilter: 'carvelAirgap.removeFilter',
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
  [RegistryCommand.edit]: [target?: RegistryTarget];
  [RegistryCommand.reconnect]: [target?: RegistryTarget];
  [RegistryCommand.openInBrowser]: [target?: RegistryTarget | RepositoryTarget];
  [RegistryCommand.copyReference]: [target?: ImageTarget];
  [RegistryCommand.copied]: [target?: ImageTarget | DigestTarget];
  [RegistryCommand.copyTag]: [target?: ImageTarget];
  [RegistryCommand.copyDigest]: [target?: ImageTarget | DigestTarget];
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

/** What `viewItem` is in a menu's `when`. */
export const RegistryContext = {
  registry: 'registry',
  repository: 'repository',
  /** A repository that the user added by name, which can be taken off the list again. */
  addedRepository: 'repository.added',
  /** With `.bundle` or `.index` after it, as soon as that is known. */
  tag: 'tag',
  /** What is in an image: the same. */
  content: 'content',
  /** After either, as long as the node shows that its reference was copied. */
  copiedSuffix: '.copied',
  /** A signature or another referrer. */
  attachment: 'content.attachment',
  tarballs: 'tarballs',
  tarball: 'tarball',
  /** What is in a tarball: the same. */
  entry: 'entry',
  filter: 'filter',
  nothing: 'nothing',
  internalTags: 'internalTags',
  more: 'more',
  reading: 'reading',
  noCatalog: 'noCatalog',
  /** Nobody has logged in, and the registry lists its repositories only to those who have. */
  noCatalogAnonymous: 'noCatalog.anonymous',
  error: 'error',
  /** An error that other credentials, a trusted certificate or plain http may help against. */
  credentialsError: 'error.credentials',
  certificateError: 'error.certificate',
  httpError: 'error.http',
} as const;
