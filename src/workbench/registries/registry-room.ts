// A bundle of its own, dist/registries.cjs: what speaks HTTP is three quarters of the extension, and is loaded with the first
// question to a registry. Its AirgapErrors are of a class of their own: know them by `code`, not by `instanceof`.
export { audit } from '../../audit/audit.ts';
export { providedPackages } from '../../audit/provided-packages.ts';
export { listAttachments, readBundleContents } from '../../carvel/contents.ts';
export { readArchiveDocument } from '../../carvel/archive/document.ts';
export { readImageDocument } from '../../carvel/image-document.ts';
export { describeArchive } from '../../relocation/describe.ts';
export { inspectReference } from '../../carvel/inspect.ts';
export { inspectCertificate } from '../../oci/tls/inspect-certificate.ts';
export { createRegistries } from '../../oci/registries.ts';
