import { isAbort } from '../../base/errors.ts';
import { record, text } from '../../base/json.ts';
import type { ObjectReader } from './object-lister.ts';

/** More nodes would not add another platform. */
const MOST = 500;

/** The platforms of the nodes, such as `linux/amd64`; undefined if they may not be listed, or there are none. */
export async function nodePlatforms(
  cluster: ObjectReader,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { items } = await cluster.page({ group: '', version: 'v1', plural: 'nodes', limit: MOST }, signal);
    const platforms = items.flatMap((item) => {
      const { operatingSystem, architecture } = record(record(record(item)['status'])['nodeInfo']);
      const [os, cpu] = [text(operatingSystem), text(architecture)];
      return os === undefined || cpu === undefined ? [] : [`${os}/${cpu}`];
    });
    return platforms.length === 0 ? undefined : new Set(platforms);
  } catch (error) {
    if (isAbort(error)) throw error;
    // An index is then expected to be complete for every platform.
    return undefined;
  }
}
