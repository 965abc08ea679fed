import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { assertSameDestination, readDestination } from './destination.ts';
import type { Destination } from './destination.ts';
import type { Differences } from './differences.ts';
import { readFolder } from './folder.ts';
import type { Scenario } from './generator.ts';
import { assertSameTar } from './tar.ts';

type Tool = (args: readonly string[]) => Promise<{ readonly code: number | null; readonly stderr: string }>;

/** One scenario, done by both tools. */
export class Trial {
  readonly #scenario: Scenario;
  readonly #folder: string;
  readonly #found: Differences;
  /** What imgpkg left where it copied to. */
  #expected: Destination | undefined;

  constructor(scenario: Scenario, folder: string, found: Differences) {
    this.#scenario = scenario;
    this.#folder = folder;
    this.#found = found;
  }

  /** Both copy to a repository of their own. */
  async toRepositories(): Promise<void> {
    const { source, options, repositoryOptions } = this.#scenario;
    const [ours, theirs] = [this.#repository('ours'), this.#repository('theirs')];
    const copy = async (name: string, tool: Tool, to: RawRepository) => {
      const lock = join(this.#folder, `${name}.lock.yml`);
      const flags = [...options, ...repositoryOptions, '--to-repo', to.name, '--lock-output', lock];
      await succeed(name, tool, ['copy', ...source, ...flags]);
      return (await readFile(lock, 'utf8')).replaceAll(to.name, 'DESTINATION');
    };
    const theirLock = await copy('imgpkg', imgpkg, theirs);
    const ourLock = await copy('ours', carvelAirgap, ours);
    this.#expected = await readDestination(theirs);
    assertSameDestination(
      await readDestination(ours),
      this.#expected,
      'copied to a repository',
      this.#scenario.ambiguous,
      this.#found,
    );
    assert.equal(ourLock, theirLock, 'the lock output');
  }

  /** imgpkg pulls what we relocated as what it relocated itself, and finds all of it in the bundle's repository. */
  async pull(): Promise<void> {
    const pulled = [];
    for (const name of ['ours', 'theirs']) {
      const repository = this.#repository(name);
      const folder = join(this.#folder, `pulled-${name}`);
      const from = `${repository.name}@${this.#scenario.root?.digest ?? ''}`;
      await succeed('imgpkg', imgpkg, ['pull', '-r', '-b', from, '-o', folder]);
      const files = await readFolder(folder);
      pulled.push([...files].map(([path, text]) => [path, text.replaceAll(repository.name, 'DESTINATION')]));
    }
    assert.deepEqual(pulled[0], pulled[1], 'what imgpkg pull -r leaves');
    const [, lock = ''] = pulled[0]?.find(([path]) => path === '.imgpkg/images.yml') ?? [];
    for (const [, image] of lock.matchAll(/image: (\S+)/g)) assert.match(image ?? '', /^DESTINATION@/);
  }

  /** imgpkg writes a tar, and we import it. */
  async theirTar(): Promise<void> {
    const { source, options } = this.#scenario;
    await succeed('imgpkg', imgpkg, ['copy', ...source, ...options, '--to-tar', this.#tar('theirs')]);
    await this.#import('ours of their tar', carvelAirgap, 'theirs');
  }

  /** We write the same tar, and imgpkg imports it. */
  async ourTar(): Promise<void> {
    const { source, options } = this.#scenario;
    await succeed('ours', carvelAirgap, ['copy', ...source, ...options, '--to-tar', this.#tar('ours')]);
    await assertSameTar(this.#tar('ours'), this.#tar('theirs'), this.#scenario.ambiguous, this.#found);
    await this.#import('imgpkg of our tar', imgpkg, 'ours');
  }

  async #import(name: string, tool: Tool, tar: string): Promise<void> {
    const { options, repositoryOptions } = this.#scenario;
    const to = this.#repository(`imported-${tar}`);
    // The signatures are in the tar.
    const flags = [...options.filter((flag) => flag !== '--cosign-signatures'), ...repositoryOptions];
    await succeed(name, tool, ['copy', '--tar', this.#tar(tar), ...flags, '--to-repo', to.name]);
    const expected = this.#expected ?? assert.fail('repositories come first');
    assertSameDestination(
      await readDestination(to),
      expected,
      `imported by ${name}`,
      this.#scenario.ambiguous,
      this.#found,
    );
  }

  #tar(name: string): string {
    return join(this.#folder, `${name}.tar`);
  }

  #repository(name: string): RawRepository {
    return new RawRepository(this.#scenario.registry, `${name}/s${this.#scenario.seed}`);
  }
}

async function succeed(name: string, tool: Tool, args: readonly string[]): Promise<void> {
  const { code, stderr } = await tool(args);
  assert.equal(code, 0, `${name} ${args.join(' ')}\n${stderr}`);
}
