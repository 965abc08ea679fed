/** Reading objects of any kind; errors as in api.ts. */
export interface ClusterObjects {
  /** Every kind of object that the server can list, in its preferred version, from API discovery. */
  kinds(signal: AbortSignal): Promise<readonly ObjectKind[]>;
  /**
   * One page of a list, so that a caller holds no more than that. Rejects with `cluster.api-missing` if the server does
   * not serve the kind, and with `cluster.expired` if the page is requested too late: then list again.
   */
  page(list: ObjectList, signal: AbortSignal): Promise<ObjectPage>;
}

export interface ObjectKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ObjectList {
  /** Empty for the core group, of which only the kinds that an audit needs can be listed. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** If undefined: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Maximum number of objects. */
  readonly limit: number;
  /** The token of the previous page. */
  readonly next?: string;
}

export interface ObjectPage {
  readonly items: readonly unknown[];
  /** The token of the next page; absent after the last one. */
  readonly next?: string;
}
