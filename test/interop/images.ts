// Images and artifacts of every kind that bundles are made of, filled at random.
import { sha256 } from '../support/raw-registry.ts';
import { artifact, descriptorOf } from './artifact.ts';
import type { Artifact } from './artifact.ts';
import type { Random } from './random.ts';

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker';
const OCI_MANIFEST = `${OCI}.manifest.v1+json`;
const OCI_INDEX = `${OCI}.index.v1+json`;
const OCI_CONFIG = `${OCI}.config.v1+json`;
const DOCKER_MANIFEST = `${DOCKER}.distribution.manifest.v2+json`;
const DOCKER_LIST = `${DOCKER}.distribution.manifest.list.v2+json`;
const DOCKER_CONFIG = `${DOCKER}.container.image.v1+json`;

/** Go escapes some of these in JSON, JavaScript does not; the digest is that of the unescaped bytes. */
const TEXTS = [
  'plain',
  'a <b> & "c"',
  'tab\tand \\ backslash',
  'Grüße, 世界 🚢',
  'line\u2028and\u2029paragraph',
  '\u0007\u001f\u007f',
];

/** Makes images of one scenario, which share layers. */
export class ImageMaker {
  readonly #random: Random;
  /** The URL of a host that foreign layers may name. */
  readonly #foreignUrl: string;
  readonly #layers: Buffer[] = [];

  constructor(random: Random, foreignUrl: string) {
    this.#random = random;
    this.#foreignUrl = foreignUrl;
  }

  /** Anything that a lock may name, but a bundle. */
  any(): Artifact {
    const kinds = [
      () => this.image('docker'),
      () => this.image('docker'),
      () => this.image('oci'),
      () => this.image('zstd'),
      () => this.foreign('docker'),
      () => this.foreign('oci'),
      () => this.helmChart(),
      () => this.emptyConfig(),
      () => this.index(1),
      () => this.index(2),
    ];
    return this.#random.pick(kinds)();
  }

  image(kind: 'docker' | 'oci' | 'zstd'): Artifact {
    const isDocker = kind === 'docker';
    const types = {
      docker: [`${DOCKER}.image.rootfs.diff.tar.gzip`],
      oci: [`${OCI}.layer.v1.tar+gzip`, `${OCI}.layer.v1.tar`],
      zstd: [`${OCI}.layer.v1.tar+zstd`, `${OCI}.layer.v1.tar+gzip`],
    }[kind];
    const layers = Array.from({ length: this.#random.integer(kind === 'zstd' ? 1 : 0, 3) }, () => this.#layer());
    const typeOf = new Map(layers.map((layer) => [layer, this.#random.pick(types)]));
    return this.#of(
      kind,
      isDocker,
      layers.map((layer) => ({ type: typeOf.get(layer) ?? '', layer })),
    );
  }

  /** With one layer that registries are not expected to hold; this one does. */
  foreign(kind: 'docker' | 'oci'): Artifact {
    const type = {
      docker: [`${DOCKER}.image.rootfs.foreign.diff.tar.gzip`],
      oci: [`${OCI}.layer.nondistributable.v1.tar+gzip`, `${OCI}.layer.nondistributable.v1.tar`],
    }[kind];
    const plain = kind === 'docker' ? `${DOCKER}.image.rootfs.diff.tar.gzip` : `${OCI}.layer.v1.tar+gzip`;
    return this.#of(`foreign-${kind}`, kind === 'docker', [
      { type: this.#random.pick(type), layer: this.#random.bytes(this.#random.integer(10, 500)), foreign: true },
      { type: plain, layer: this.#layer() },
    ]);
  }

  helmChart(): Artifact {
    const config = this.#json({ name: 'chart', version: '1.2.3', description: this.#text(), apiVersion: 'v2' });
    const layer = this.#layer();
    const json = {
      schemaVersion: 2,
      config: descriptorOf('application/vnd.cncf.helm.config.v1+json', config),
      layers: [descriptorOf('application/vnd.cncf.helm.chart.content.v1.tar+gzip', layer)],
      annotations: { 'org.opencontainers.image.description': this.#text() },
    };
    return artifact('helm', OCI_MANIFEST, json, { blobs: [config, layer] });
  }

  /** As `oras push` makes them. */
  emptyConfig(): Artifact {
    const [config, layer] = [Buffer.from('{}'), this.#layer()];
    const json = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.example.thing',
      config: descriptorOf('application/vnd.oci.empty.v1+json', config),
      layers: [descriptorOf('text/plain', layer, { annotations: { 'org.opencontainers.image.title': this.#text() } })],
    };
    return artifact('empty-config', OCI_MANIFEST, json, { blobs: [config, layer] });
  }

  /** `depth` 2: an index among its entries; often with attestations, as BuildKit makes them. */
  index(depth: number): Artifact {
    const isDocker = depth === 1 && this.#random.chance(0.4);
    const platforms = this.#random.some(['amd64', 'arm64', 's390x', 'riscv64'], this.#random.integer(1, 3));
    const children: Artifact[] = [];
    const manifests: object[] = [];
    const add = (child: Artifact, more: object) => {
      children.push(child);
      manifests.push({ mediaType: child.mediaType, digest: child.digest, size: child.bytes.byteLength, ...more });
    };
    for (const architecture of platforms) {
      const image = this.image(isDocker ? 'docker' : this.#random.pick(['oci', 'zstd', 'docker']));
      add(image, { platform: { architecture, os: 'linux' } });
      if (isDocker || !this.#random.chance(0.5)) continue;
      add(this.#attestation(), {
        annotations: {
          'vnd.docker.reference.digest': image.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: { architecture: 'unknown', os: 'unknown' },
      });
    }
    if (depth > 1) add(this.index(depth - 1), {});
    const mediaType = isDocker ? DOCKER_LIST : OCI_INDEX;
    const annotations = isDocker ? {} : { annotations: { note: this.#text() } };
    const kind = depth > 1 ? 'nested-index' : 'index';
    return artifact(kind, mediaType, { schemaVersion: 2, mediaType, manifests, ...annotations }, { children });
  }

  /** Cosign's signature of a digest. */
  signature(digest: string): Artifact {
    const payload = this.#json({ critical: { image: { 'docker-manifest-digest': digest } }, optional: null });
    const config = this.#config([payload], false);
    const signature = { 'dev.cosignproject.cosign/signature': this.#random.bytes(48).toString('base64') };
    const json = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptorOf(OCI_CONFIG, config),
      layers: [descriptorOf('application/vnd.dev.cosign.simplesigning.v1+json', payload, { annotations: signature })],
    };
    return artifact('signature', OCI_MANIFEST, json, { blobs: [config, payload] });
  }

  #attestation(): Artifact {
    const statement = this.#json({ _type: 'https://in-toto.io/Statement/v0.1', subject: [], note: this.#text() });
    const config = this.#config([statement], false);
    const json = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptorOf(OCI_CONFIG, config),
      layers: [descriptorOf('application/vnd.in-toto+json', statement)],
    };
    return artifact('attestation', OCI_MANIFEST, json, { blobs: [config, statement] });
  }

  #of(
    kind: string,
    isDocker: boolean,
    layers: readonly { readonly type: string; readonly layer: Buffer; readonly foreign?: boolean }[],
  ): Artifact {
    const config = this.#config(
      layers.map(({ layer }) => layer),
      true,
    );
    const mediaType = isDocker ? DOCKER_MANIFEST : OCI_MANIFEST;
    const json = {
      schemaVersion: 2,
      mediaType,
      config: descriptorOf(isDocker ? DOCKER_CONFIG : OCI_CONFIG, config),
      layers: layers.map(({ type, layer, foreign }) =>
        descriptorOf(type, layer, foreign === true ? { urls: [this.#foreignUrl] } : {}),
      ),
    };
    return artifact(kind, mediaType, json, { blobs: [config, ...layers.map(({ layer }) => layer)] });
  }

  /** imgpkg requires as many diff_ids as there are layers. */
  #config(layers: readonly Buffer[], isLinux: boolean): Buffer {
    const platform = isLinux ? 'linux' : 'unknown';
    return this.#json({
      author: this.#text(),
      architecture: isLinux ? 'amd64' : 'unknown',
      os: platform,
      config: this.#random.chance(0.3) ? {} : { Labels: { note: this.#text() } },
      rootfs: {
        type: 'layers',
        // One layer has one diff_id, however often it is there.
        diff_ids: layers.map((layer) => sha256(Buffer.concat([layer, Buffer.from('unfolded')]))),
      },
    });
  }

  /** A new layer, or one that another image has. */
  #layer(): Buffer {
    if (this.#layers.length > 0 && this.#random.chance(0.35)) return this.#random.pick(this.#layers);
    const layer = this.#random.bytes(this.#random.integer(1, this.#random.chance(0.1) ? 200_000 : 2000));
    this.#layers.push(layer);
    return layer;
  }

  #text(): string {
    return this.#random.pick(TEXTS);
  }

  #json(value: unknown): Buffer {
    return Buffer.from(JSON.stringify({ ...(value as object), id: this.#random.integer(0, 2 ** 31) }));
  }
}
