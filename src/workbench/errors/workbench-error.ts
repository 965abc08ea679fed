import { errorFamily } from '../../base/errors.ts';

/** Errors that occur only in the editor. */
export const workbenchError = errorFamily('workbench', {
  'not-a-bundle': {
    text: '{reference} is not an imgpkg bundle, and only a bundle can be a PackageRepository',
    remedy: 'Choose the bundle of the package repository, which was pushed with imgpkg push -b.',
  },
  'sign-untrusted': {
    text: 'Exports are not signed in a workspace that is not trusted',
    remedy: 'Trust the workspace, because signing with an SSH key runs ssh-keygen, or export without signing.',
  },
  'scan-untrusted': {
    text: 'The command {command} is not run in a workspace that is not trusted',
    remedy: 'Trust the workspace if you know the command. Nothing was written.',
  },
  'not-in-cluster': {
    text: '{name} is not relocated in a cluster',
    remedy: 'Use Relocate in Cluster to copy in the pods of a Job.',
  },
  'no-context': {
    text: 'No kubeconfig context was found',
    remedy: 'Set KUBECONFIG, or list the files in the setting carvelAirgap.kubeconfig.',
  },
  'context-unknown': {
    text: "The document is for the context '{context}', which is in no kubeconfig",
    remedy: 'Correct its comment "# kube-context: …", or remove it to choose the context yourself.',
  },
  'no-bundle-source': {
    text: 'The PackageRepository {name} does not fetch an imgpkg bundle',
    remedy: 'Choose one with spec.fetch.imgpkgBundle.',
  },
  'no-certificates': {
    text: 'The file {file} contains no PEM certificate',
    remedy:
      "Choose the certificate of the authority that signed the registry's certificate. It begins with BEGIN CERTIFICATE.",
  },
  'no-place-for-secret': {
    text: 'The Secret {name} was created, but could not be added to the document',
    remedy: 'Set spec.fetch.imgpkgBundle.secretRef.name yourself.',
  },
  'no-secrets': {
    text: "You do not have permission to write Secrets in the namespace {namespace} with the context '{context}'",
    remedy: 'Ask a cluster administrator to create the Secret, or for permission to write it.',
  },
  'trusted-already': {
    text: "kapp-controller in the context '{context}' already trusts these certificates",
    remedy: 'Reconcile the repository again. If it still fails, a different authority must be trusted.',
  },
  'repository-gone': {
    text: 'The cluster {context} has no PackageRepository {repository}',
    remedy: 'It may have been deleted in the meantime.',
  },
  'no-image-here': {
    text: 'There is no image reference with a tag at the cursor',
    remedy: 'Place the cursor on the image of a PackageRepository, a BundleLock or an ImagesLock.',
  },
  'no-repository-here': {
    text: 'The active editor does not contain a PackageRepository',
    remedy: 'Open a YAML document with one, or run Create PackageRepository.',
  },
  'no-install-here': {
    text: 'The active editor does not contain a PackageInstall',
    remedy: 'Open a YAML document with one, or run Install Package.',
  },
  'install-gone': {
    text: 'The cluster {context} has no PackageInstall {install}',
    remedy: 'It may have been deleted in the meantime.',
  },
  'no-packages': {
    text: 'The cluster {context} has no Packages that can be installed',
    remedy: 'Create and apply a PackageRepository first, and wait until it is reconciled.',
  },
  'package-not-there': {
    text: 'The cluster {context} has no Package {package} in the namespace {namespace}',
    remedy: 'Create and apply a PackageRepository with this Package, or choose another namespace.',
  },
  'relocation-under-way': {
    text: '{name} is already being relocated to {destination}',
    remedy: 'See the Relocations view. Try again when it has finished there.',
  },
  'sync-lock-unwritable': {
    text: 'Cannot write {path}: {reason}',
    remedy: 'Check its permissions. Without this record of what was copied, nothing is copied.',
  },
  'prune-untrusted': {
    text: 'Nothing is deleted in a workspace that is not trusted',
    remedy: 'Trust the workspace if you know its files: they say what may be deleted.',
  },
  'nothing-synced': {
    text: 'No sync of {path} has copied anything',
    remedy: 'Only what its syncs have copied, with the lock next to it, can be pruned.',
  },
  'relocation-elsewhere': {
    text: 'The relocation of {name} is running in another window',
    remedy: 'Continue there, or close that window first.',
  },
  'nothing-failed': {
    text: 'No image failed in the relocation of {name}',
    remedy: 'To repeat it, use Run Again.',
  },
  'task-invalid': {
    text: 'The task is not complete: {reason}',
    remedy: 'Complete it in tasks.json, for example with source and toRepository.',
  },
  'no-folder': {
    text: 'Saving a task requires an open folder',
    remedy: 'Open a folder, then save the task again.',
  },
  'not-allowed': {
    text: "You do not have permission to {verb} {kind} in the namespace {namespace} with the context '{context}'",
    remedy: 'Ask a cluster administrator for permission, or choose another namespace or context.',
  },
  'old-api-version': {
    text: 'The PackageRepository uses {apiVersion}, which no release of kapp-controller serves',
    remedy: 'Use the lens above the document to change it to packaging.carvel.dev/v1alpha1.',
  },
});
