import type { PackageInstall } from './package-install.ts';
import type { Package } from './package.ts';

/**
 * The PackageInstalls that lose their Package when a repository is deleted: it created the Package, and no other
 * Package in the namespace has the same name and version.
 */
export function installsBrokenBy(
  repository: { readonly namespace: string; readonly name: string },
  packages: readonly Package[],
  installs: readonly PackageInstall[],
  globalNamespace: string,
): readonly PackageInstall[] {
  const owned = packages.filter((each) => isOwner(each, repository));
  const others = packages.filter((each) => !isOwner(each, repository));
  const sees = (install: PackageInstall, { namespace }: Package): boolean =>
    namespace === install.namespace || namespace === globalNamespace;
  return installs.filter((install) => {
    const fits = (each: Package): boolean =>
      each.refName === install.refName &&
      (install.version === undefined || each.version === install.version) &&
      sees(install, each);
    return owned.some(fits) && !others.some(fits);
  });
}

function isOwner({ repository }: Package, { namespace, name }: { namespace: string; name: string }): boolean {
  return repository?.namespace === namespace && repository.name === name;
}
