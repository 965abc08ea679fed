import { Document, isScalar } from 'yaml';
import { PACKAGE_REPOSITORY_API_VERSION } from './api-groups.ts';
import { repositoryName } from './repository-name.ts';

export interface WantedPackage {
  readonly namespace: string;
  readonly refName: string;
  readonly version: string;
}

/** YAML of a PackageInstall for exactly this version. The user has to fill in its service account. */
export function packageInstallDocument({ namespace, refName, version }: WantedPackage): string {
  const document = new Document(
    {
      apiVersion: PACKAGE_REPOSITORY_API_VERSION,
      kind: 'PackageInstall',
      metadata: { name: repositoryName(refName.split('.')[0] ?? refName), namespace },
      spec: {
        serviceAccountName: 'default',
        packageRef: { refName, versionSelection: { constraints: version } },
      },
    },
    // Kubernetes tools parse YAML 1.1, where 1.20 is a number.
    { compat: 'yaml-1.1' },
  );
  const account = document.getIn(['spec', 'serviceAccountName'], true);
  if (isScalar(account)) account.comment = ' needs the rights to create what the package holds';
  return document.toString();
}
