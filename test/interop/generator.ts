import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { imgpkg } from '../support/imgpkg.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { collocate, push } from './artifact.ts';
import type { Artifact, LockEntry } from './artifact.ts';
import { imagesLock, pushByHand, pushByImgpkg } from './bundles.ts';
import type { BundleContent } from './bundles.ts';
import { ImageMaker } from './images.ts';
import { Random } from './random.ts';

export interface World {
  /** Two registries to copy from, host:port. */
  readonly vendor: string;
  readonly upstream: string;
  /** One to copy to. */
  readonly inside: string;
  /** A folder for locks. */
  readonly folder: string;
}

/** Something to copy, made by a seed. */
export interface Scenario {
  readonly seed: number;
  /** In words, for messages. */
  readonly description: string;
  /** The source's flag with its value, and options that hold for copies to a repository and to a tar. */
  readonly source: readonly [flag: '-b' | '-i' | '--lock', value: string];
  readonly options: readonly string[];
  /** Options of copies to a repository only. */
  readonly repositoryOptions: readonly string[];
  /** The registry to copy to: mostly another one than the sources. */
  readonly registry: string;
  readonly isBundle: boolean;
  /** All that was made for it, bundles with their locks among them. */
  readonly artifacts: readonly Artifact[];
  /** Digests for which imgpkg takes any of several names and places: it depends on which goroutine is first. */
  readonly ambiguous: ReadonlySet<string>;
  /** Of a bundle. */
  readonly root?: Artifact;
}

/** Everything but the registries' ports, which stand in locks and so in bundles' digests, follows from the seed. */
export async function generate(seed: number, world: World): Promise<Scenario> {
  return new Generator(seed, world).run();
}

class Generator {
  readonly #seed: number;
  readonly #world: World;
  readonly #random: Random;
  readonly #maker: ImageMaker;
  readonly #repositories: readonly [RawRepository, RawRepository, RawRepository, RawRepository];
  readonly #pool: LockEntry[] = [];
  readonly #artifacts: Artifact[] = [];
  /** By the digest of what they sign: the same everywhere. */
  readonly #signatures = new Map<string, Artifact | undefined>();
  #bundles = 0;

  constructor(seed: number, world: World) {
    this.#seed = seed;
    this.#world = world;
    this.#random = new Random(seed);
    this.#maker = new ImageMaker(this.#random, `http://${world.upstream}/foreign/layer`);
    const [vendor, upstream] = [world.vendor, world.upstream];
    this.#repositories = [
      new RawRepository(vendor, `s${seed}/bundles`),
      new RawRepository(vendor, `s${seed}/deep/path_with.everything--allowed/images`),
      new RawRepository(upstream, `s${seed}/bundles`),
      new RawRepository(upstream, `s${seed}`),
    ];
  }

  async run(): Promise<Scenario> {
    const random = this.#random;
    const shape = random.pick(['bundle', 'bundle', 'bundle', 'bundle-lock', 'image', 'images-lock'] as const);
    const hasSignatures = random.chance(0.4);
    const hasRepoTags = random.chance(0.2);
    const common = {
      seed: this.#seed,
      options: hasSignatures ? ['--cosign-signatures'] : [],
      repositoryOptions: hasRepoTags ? ['--repo-based-tags'] : [],
      registry: random.chance(0.2) ? this.#world.vendor : this.#world.inside,
      artifacts: this.#artifacts,
    };
    const [fewest, most] = { bundle: [0, 7], 'bundle-lock': [0, 7], image: [0, 0], 'images-lock': [1, 7] }[shape];
    const images = await this.#makeImages(random.integer(fewest ?? 0, most ?? 0));
    const made = await this.#makeSource(shape, images);
    const includesForeign = random.chance(0.5);
    return {
      ...common,
      ...made,
      ambiguous: ambiguousIn(this.#artifacts, this.#signatures),
      options: [...common.options, ...(includesForeign ? ['--include-non-distributable-layers'] : [])],
      isBundle: shape === 'bundle' || shape === 'bundle-lock',
      description: `${shape} of ${this.#artifacts.map(({ kind }) => kind).join(', ')}`,
    };
  }

  async #makeSource(shape: 'bundle' | 'bundle-lock' | 'image' | 'images-lock', images: readonly LockEntry[]) {
    const random = this.#random;
    if (shape === 'image') {
      const image = this.#keep(this.#maker.any());
      const repository = random.pick(this.#repositories);
      await push(repository, image, 'v1');
      await push(repository, image, 'latest');
      await this.#sign(repository, image);
      return { source: ['-i', this.#reference(repository.name, image.digest)] as const };
    }
    if (shape === 'images-lock') {
      const path = join(this.#world.folder, `images-${this.#seed}.lock.yml`);
      await writeFile(
        path,
        imagesLock(
          images.filter(({ gone }) => !gone),
          random.chance(0.5),
        ),
      );
      return { source: ['--lock', path] as const };
    }
    const { repository, bundle } = await this.#makeBundle(random.integer(1, 4), images, 'v1');
    const place = random.chance(0.25) ? await this.#relocate(repository, bundle) : repository.name;
    if (shape === 'bundle') return { source: ['-b', this.#reference(place, bundle.digest)] as const, root: bundle };
    const path = join(this.#world.folder, `bundle-${this.#seed}.lock.yml`);
    const tag = random.pick(['', '  tag: "1.0"\n', '  tag: v1\n']);
    await writeFile(
      path,
      `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nbundle:\n  image: ${place}@${bundle.digest}\n${tag}kind: BundleLock\n`,
    );
    return { source: ['--lock', path] as const, root: bundle };
  }

  /** Images at their origins, or nowhere yet. */
  async #makeImages(count: number): Promise<LockEntry[]> {
    for (let index = 0; index < count; index++) {
      const image = this.#keep(this.#maker.any());
      const repository = this.#random.pick(this.#repositories);
      const gone = this.#random.chance(0.15);
      if (!gone) {
        await push(repository, image);
        await this.#sign(repository, image);
      }
      this.#pool.push({ name: `${repository.name}@${image.digest}`, artifact: image, gone });
    }
    return this.#pool;
  }

  /** A bundle of `depth` levels of bundles, itself among them. */
  async #makeBundle(depth: number, images: readonly LockEntry[], tag: string) {
    const random = this.#random;
    const entries = random.chance(0.1) ? [] : random.some(images, random.integer(0, 5));
    for (let nested = depth > 1 ? random.integer(1, 2) : 0; nested > 0; nested--) {
      const inner = await this.#makeBundle(depth - nested, images, `inner-${this.#bundles}`);
      entries.splice(random.integer(0, entries.length), 0, this.#entry(inner.repository, inner.bundle));
      // Not of a bundle of bundles: then imgpkg may write a locations image that no bundle's tag names in the end.
      const isFlat = inner.content.entries.every(({ artifact }) => artifact.kind !== 'bundle');
      if (isFlat && random.chance(0.3)) entries.push(this.#entry(inner.repository, await this.#makeTwin(inner)));
      if (depth - nested < 2) break;
    }
    const repository = random.pick(this.#repositories);
    const named = entries.slice();
    for (const { artifact, gone } of named) {
      if (gone || random.chance(0.3)) {
        await collocate(repository, artifact);
        await this.#sign(repository, artifact);
      }
      // The same digest under a second name.
      if (gone || artifact.kind === 'bundle' || !random.chance(0.15)) continue;
      const second = random.pick(this.#repositories);
      await push(second, artifact);
      await this.#sign(second, artifact);
      if (!entries.some(({ name }) => name === `${second.name}@${artifact.digest}`))
        entries.push(this.#entry(second, artifact));
    }
    const content = { entries, annotated: random.chance(0.5), files: this.#files() };
    const bundle = this.#keep(await (random.chance(0.75) ? pushByImgpkg : pushByHand)(repository, tag, content));
    if (tag === 'v1') await push(repository, bundle, 'latest');
    this.#bundles++;
    await this.#sign(repository, bundle);
    return { repository, bundle, content };
  }

  /** Another version of a bundle with the same lock: their locations images are equal. */
  async #makeTwin({ repository, content }: { repository: RawRepository; content: BundleContent }): Promise<Artifact> {
    const files = { 'config/version.yml': `version: ${this.#random.integer(0, 1e9)}\n` };
    const twin = this.#keep(await pushByImgpkg(repository, `twin-${this.#bundles++}`, { ...content, files }));
    await this.#sign(repository, twin);
    return twin;
  }

  /** Has the real imgpkg relocate it first: then there are locations images at the source. */
  async #relocate(repository: RawRepository, bundle: Artifact): Promise<string> {
    const target = `${this.#world.upstream}/s${this.#seed}/relocated`;
    const all = ['--include-non-distributable-layers', '--cosign-signatures'];
    const { code, stderr } = await imgpkg(['copy', '-b', `${repository.name}:v1`, '--to-repo', target, ...all]);
    if (code !== 0) throw new Error(`imgpkg copy to the middle: ${stderr}`);
    await push(new RawRepository(this.#world.upstream, `s${this.#seed}/relocated`), bundle, 'latest');
    return target;
  }

  /** Signs it here as everywhere: imgpkg takes any of the places where an image is, and a place's signatures with it. */
  async #sign(repository: RawRepository, image: Artifact): Promise<void> {
    const { digest } = image;
    if (!this.#signatures.has(digest)) {
      this.#signatures.set(digest, this.#random.chance(0.4) ? this.#maker.signature(digest) : undefined);
    }
    const signature = this.#signatures.get(digest);
    if (signature !== undefined) await push(repository, signature, `${digest.replace(':', '-')}.sig`);
    for (const { artifact, gone } of image.lock ?? []) if (gone) await this.#sign(repository, artifact);
  }

  #reference(name: string, digest: string): string {
    // Without a tag it is imgpkg's `latest`.
    return this.#random.pick([`${name}:v1`, `${name}:v1`, `${name}@${digest}`, name]);
  }

  #files(): Record<string, string> {
    const files = {
      'config/app.yml': `value: ${this.#random.integer(0, 1e9)}\n`,
      '.imgpkg/bundle.yml': 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: Bundle\nmetadata: { name: app }\n',
    };
    return Object.fromEntries(this.#random.some(Object.entries(files), 2));
  }

  #entry(repository: RawRepository, artifact: Artifact): LockEntry {
    return { name: `${repository.name}@${artifact.digest}`, artifact, gone: false };
  }

  #keep(artifact: Artifact): Artifact {
    this.#artifacts.push(artifact);
    return artifact;
  }
}

/** Digests that locks name by two names, or from two bundles of which neither holds the other. */
function ambiguousIn(
  artifacts: readonly Artifact[],
  signatures: ReadonlyMap<string, Artifact | undefined>,
): ReadonlySet<string> {
  const names = new Map<string, { name: string; bundle: Artifact }[]>();
  for (const bundle of artifacts) {
    for (const { name, artifact } of bundle.lock ?? []) {
      names.set(artifact.digest, [...(names.get(artifact.digest) ?? []), { name, bundle }]);
    }
  }
  const isOpen = (one: { name: string; bundle: Artifact }, other: { name: string; bundle: Artifact }) =>
    one.name !== other.name || !(holds(one.bundle, other.bundle) || holds(other.bundle, one.bundle));
  const open = [...names].filter(([, all]) =>
    all.some((one) => all.some((other) => one !== other && isOpen(one, other))),
  );
  return new Set(open.flatMap(([digest]) => [digest, signatures.get(digest)?.digest ?? digest]));
}

function holds(outer: Artifact, inner: Artifact): boolean {
  if (outer.digest === inner.digest) return true;
  return (outer.lock ?? []).some(({ artifact }) => holds(artifact, inner));
}
