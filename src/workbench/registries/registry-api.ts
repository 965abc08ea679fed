// The entry point of dist/registries.cjs, which is loaded on the first request to a registry because the HTTP code makes up
// most of the extension. The bundle has its own AirgapError class: recognize its errors by `code`, not with `instanceof`.
export { ClusterEngine } from '../../jobs/cluster-engine.ts';
export { audit } from '../../audit/audit.ts';
export { auditCluster } from '../../audit/cluster/cluster-audit.ts';
export { auditReady, findPackage } from '../../audit/cluster/ready.ts';
export { providedPackages } from '../../audit/provided-packages.ts';
export { listAttachments, readBundleContents } from '../../carvel/contents.ts';
export { contentSize } from '../../carvel/content-size.ts';
export { archiveFormat } from '../../carvel/archive/oci-layout.ts';
export { readArchiveDocument } from '../../carvel/archive/document.ts';
export { readImageDocument } from '../../carvel/image-document.ts';
export { describeArchive, describeReference } from '../../relocation/describe.ts';
export { inventoryOfRepository } from '../../carvel/read-inventory.ts';
export { describeFile } from '../../relocation/describe-file.ts';
export { inspectReference } from '../../carvel/inspect.ts';
export { inspectCertificate } from '../../oci/inspect-certificate.ts';
export { openPolicy, verifyImage } from '../../trust/verify-image.ts';
export { describeWhole } from '../../map/describe-whole.ts';
export { createRegistries } from '../../oci/registries.ts';
export { claimSyncFile } from '../../sync/claim.ts';
export { readSyncFile } from '../../sync/sync-file.ts';
export { applyPruneList, listPrunable } from '../../sync/prune/prune.ts';
export { formatSyncLock, parseSyncLock, readSyncLock } from '../../sync/sync-lock.ts';
export { Sync } from '../../sync/sync.ts';
