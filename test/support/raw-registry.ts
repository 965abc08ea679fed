// Reads and fills a registry without any code of the product, because expected values must not come from the code under
// test.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerConfig = 'application/vnd.docker.container.image.v1+json';
const dockerLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** One repository of a registry. */
export class RawRepository {
  /** host:port/path */
  readonly name: string;
  readonly #url: string;

  constructor(host: string, path: string) {
    this.name = `${host}/${path}`;
    this.#url = `http://${host}/v2/${path}`;
  }

  /** Every tag with its digest; empty for a repository that does not exist. */
  async tags(): Promise<Map<string, string>> {
    const response = await fetch(`${this.#url}/tags/list`);
    if (response.status === 404) return new Map();
    const { tags } = (await response.json()) as { tags: string[] | null };
    const entries = (tags ?? []).sort().map(async (tag) => [tag, await this.digest(tag)] as const);
    return new Map(await Promise.all(entries));
  }

  /** 200, or 404 if it does not exist. */
  async manifestStatus(reference: string): Promise<number> {
    const { status } = await fetch(`${this.#url}/manifests/${reference}`, { method: 'HEAD', headers: { accept } });
    return status;
  }

  async digest(tag: string): Promise<string> {
    const response = await fetch(`${this.#url}/manifests/${tag}`, { method: 'HEAD', headers: { accept } });
    assert.equal(response.status, 200, `${this.name}:${tag}`);
    return response.headers.get('docker-content-digest') ?? '';
  }

  async manifest(reference: string): Promise<{ bytes: Buffer; json: Record<string, unknown>; mediaType: string }> {
    const response = await fetch(`${this.#url}/manifests/${reference}`, { headers: { accept } });
    assert.equal(response.status, 200, `${this.name} ${reference}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const json = JSON.parse(bytes.toString()) as Record<string, unknown>;
    return { bytes, json, mediaType: response.headers.get('content-type') ?? '' };
  }

  async blob(digest: string): Promise<Buffer> {
    const response = await fetch(`${this.#url}/blobs/${digest}`);
    assert.equal(response.status, 200, `${this.name} ${digest}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** The single file in an image's single layer, for example image-locations.yml. */
  async onlyFile(reference: string): Promise<string> {
    const { json } = await this.manifest(reference);
    const layers = json['layers'] as { digest: string }[];
    assert.equal(layers.length, 1);
    const tar = gunzipSync(await this.blob(layers[0]?.digest ?? ''));
    // After two headers: those of the folder and of the file.
    const size = Number.parseInt(tar.toString('latin1', 512 + 124, 512 + 135), 8);
    return tar.toString('utf8', 1024, 1024 + size);
  }

  async pushBlob(
    bytes: Uint8Array,
    algorithm: 'sha256' | 'sha512' = 'sha256',
  ): Promise<{ digest: string; size: number }> {
    const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
    const started = await fetch(`${this.#url}/blobs/uploads/`, { method: 'POST' });
    assert.equal(started.status, 202);
    const location = new URL(started.headers.get('location') ?? '', this.#url);
    location.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const put = await fetch(location, { method: 'PUT', body: new Uint8Array(bytes), headers });
    assert.equal(put.status, 201);
    return { digest, size: bytes.byteLength };
  }

  async pushManifest(tag: string, json: unknown, mediaType: string): Promise<string> {
    return this.pushBytes(tag, Buffer.from(JSON.stringify(json)), mediaType);
  }

  /** Pushes a manifest's exact bytes, under a tag or its digest. */
  async pushBytes(reference: string, bytes: Uint8Array, mediaType: string): Promise<string> {
    const body = new Uint8Array(bytes);
    const headers = { 'content-type': mediaType };
    const put = await fetch(`${this.#url}/manifests/${reference}`, { method: 'PUT', body, headers });
    assert.equal(put.status, 201, await put.text());
    return sha256(bytes);
  }

  /** Pushes an image with these layers and returns its digest. */
  async pushImage(tag: string, layers: readonly Uint8Array[], labels?: Record<string, string>): Promise<string> {
    const rootfs = { type: 'layers', diff_ids: layers.map(sha256) };
    const content = { id: randomUUID(), config: labels ? { Labels: labels } : {}, rootfs };
    const config = await this.pushBlob(Buffer.from(JSON.stringify(content)));
    const pushed = [];
    for (const layer of layers) pushed.push({ mediaType: dockerLayer, ...(await this.pushBlob(layer)) });
    const manifest = {
      schemaVersion: 2,
      mediaType: dockerManifest,
      config: { mediaType: dockerConfig, ...config },
      layers: pushed,
    };
    return this.pushManifest(tag, manifest, dockerManifest);
  }

  /** Pushes a bundle whose lock contains these references, and returns its digest. */
  async pushBundle(tag: string, images: readonly string[]): Promise<string> {
    const lock = [
      '---',
      'apiVersion: imgpkg.carvel.dev/v1alpha1',
      ...(images.length === 0 ? [] : ['images:', ...images.map((image) => `- image: ${image}`)]),
      'kind: ImagesLock',
      '',
    ].join('\n');
    const layer = gzipSync(tarFile('.imgpkg/images.yml', Buffer.from(lock)));
    return this.pushImage(tag, [layer], { 'dev.carvel.imgpkg.bundle': 'true' });
  }

  async deleteManifest(digest: string): Promise<void> {
    const response = await fetch(`${this.#url}/manifests/${digest}`, { method: 'DELETE' });
    assert.equal(response.status, 202);
  }
}

/** A tar with these files. */
export function tarFiles(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts = files.map(([name, content]) => tarFile(name, content).subarray(0, -1024));
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A tar with a single file. */
export function tarFile(name: string, content: Uint8Array, mode: '0644' | '0755' = '0644'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`000${mode}\0`, 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(`${content.byteLength.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${'0'.repeat(11)}\0        0`, 136);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.byteLength % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
