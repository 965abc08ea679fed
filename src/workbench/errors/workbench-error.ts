import { errorFamily } from '../../base/errors.ts';

/** What only the editor can run into. */
export const workbenchError = errorFamily('workbench', {
  'not-a-bundle': {
    text: '{reference} is not an imgpkg bundle, and only a bundle can be a PackageRepository',
    remedy: 'Choose the bundle of the package repository, which was pushed with imgpkg push -b.',
  },
  'no-context': {
    text: 'No context of a kubeconfig was found',
    remedy: 'Set KUBECONFIG, or name the files in the setting carvelAirgap.kubeconfig.',
  },
  'context-unknown': {
    text: "The document is for the context '{context}', which no kubeconfig has",
    remedy: 'Correct its comment "# kube-context: …", or take it away to choose the context yourself.',
  },
  'no-bundle-source': {
    text: 'The PackageRepository {name} does not fetch an imgpkg bundle',
    remedy: 'Choose one with spec.fetch.imgpkgBundle.',
  },
  'no-certificates': {
    text: 'The file {file} holds no certificate in PEM form',
    remedy:
      'Choose the certificate of the authority that signed that of the registry; it begins with BEGIN CERTIFICATE.',
  },
  'no-place-for-secret': {
    text: 'The Secret {name} was created, but the document has no place to name it',
    remedy: 'Write it into spec.fetch.imgpkgBundle.secretRef.name.',
  },
  'no-secrets': {
    text: "Your user in the context '{context}' may not write Secrets in the namespace {namespace}",
    remedy: 'Ask an administrator of the cluster for the Secret, or for the right to write it.',
  },
  'trusted-already': {
    text: "kapp-controller in the context '{context}' trusts these certificates already",
    remedy: 'Let the repository reconcile again; if it still fails, it is another authority that has to be trusted.',
  },
  'repository-gone': {
    text: 'The cluster {context} has no PackageRepository {repository}',
    remedy: 'It may have been deleted in the meantime.',
  },
  'no-image-here': {
    text: 'There is no image reference with a tag at the cursor',
    remedy: 'Put the cursor on the image of a PackageRepository, a BundleLock or an ImagesLock.',
  },
  'no-repository-here': {
    text: 'The active editor holds no PackageRepository',
    remedy: 'Open a YAML document with one, or run Create PackageRepository.',
  },
  'relocation-under-way': {
    text: '{name} is already on its way to {destination}',
    remedy: 'It is in the Relocations view; run the task again when it has ended there.',
  },
  'relocation-elsewhere': {
    text: 'Another window works on the relocation of {name}',
    remedy: 'Go on there, or close that window first.',
  },
  'nothing-failed': {
    text: 'The relocation of {name} has left no image out',
    remedy: 'To do it once more, use Run Again.',
  },
  'task-invalid': {
    text: 'The task is not complete: {reason}',
    remedy: 'Complete it in tasks.json, for example with source and toRepository.',
  },
  'no-folder': {
    text: 'A task is kept in a folder, and none is open',
    remedy: 'Open a folder, then save the task in it.',
  },
  'not-allowed': {
    text: "Your user in the context '{context}' may not {verb} PackageRepositories in the namespace {namespace}",
    remedy: 'Ask an administrator of the cluster for the right to do this, or choose another namespace or context.',
  },
  'old-api-version': {
    text: 'The PackageRepository is written for {apiVersion}, which no release of kapp-controller serves',
    remedy: 'Use the lens above it to change it to packaging.carvel.dev/v1alpha1.',
  },
});
