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
  'no-repository-here': {
    text: 'The active editor holds no PackageRepository',
    remedy: 'Open a YAML document with one, or run Create PackageRepository.',
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
