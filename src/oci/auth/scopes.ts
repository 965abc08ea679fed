/** The access that a request needs. */
export interface Access {
  /** repository path; empty for the registry itself */
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push' | 'pull,delete';
  /** Another repository of the registry that is read in the same request: the source of a mount. */
  readonly mountFrom?: string;
}

/**
 * The scopes of a token for this access (distribution's token specification), the most important one first, because
 * some registries evaluate only that one.
 */
export function scopesOf({ repository, actions, mountFrom }: Access): string[] {
  if (repository === '') return ['registry:catalog:*'];
  const scopes = [`repository:${repository}:${actions}`];
  if (mountFrom !== undefined && mountFrom !== repository) scopes.push(`repository:${mountFrom}:pull`);
  return scopes;
}

/**
 * The scopes, with the actions that a registry reported as missing. They are requested only for the request's own
 * repositories: otherwise a registry could obtain access to others that share its token server.
 */
export function withMissing(access: Access, challenged: string | undefined): string[] {
  const own = scopesOf(access);
  const actions = new Map(own.map((scope) => splitScope(scope)));
  for (const scope of (challenged ?? '').split(' ')) {
    const [resource, wanted] = splitScope(scope);
    const known = actions.get(resource);
    if (known !== undefined) actions.set(resource, [...new Set([...known.split(','), ...wanted.split(',')])].join(','));
  }
  return [...actions].map(([resource, wanted]) => `${resource}:${wanted}`);
}

/** "repository:a/b:pull" → "repository:a/b" and "pull" */
function splitScope(scope: string): [resource: string, actions: string] {
  const colon = scope.lastIndexOf(':');
  return [scope.slice(0, Math.max(0, colon)), scope.slice(colon + 1)];
}
