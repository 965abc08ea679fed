import { basename } from 'node:path';

import * as vscode from 'vscode';

import type { ImageDocument } from '../../carvel/image-document.ts';
import { imageScheme } from '../../contract/registries.ts';
import { isImageTarget } from '../../contract/targets.ts';
import type { ImageTarget, TarballImageTarget } from '../../contract/targets.ts';
import { shortDigest } from '../text/formatting.ts';
import type { DocumentHost } from '../view/hosts.ts';
import type { ContentReader, TagRemover } from './registry-reader.ts';

export type ShownDocument = ImageDocument | 'lock';

/** @param digest of a manifest in the tarball */
export type ReadTarballDocument = (path: string, digest: string, what: ShownDocument) => Promise<string>;

/**
 * Read-only documents from registries and tarballs. Only a command loads them: a document that VS Code restores causes no
 * requests and explains how to load it.
 */
export class ImageDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>;
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly #reader: ContentReader & Pick<TagRemover, 'digestOf'>;
  readonly #ofTarball: ReadTarballDocument;
  readonly #texts = new Map<string, string>();
  readonly #disposables: vscode.Disposable[];

  constructor(
    host: DocumentHost,
    reader: ContentReader & Pick<TagRemover, 'digestOf'>,
    ofTarball: ReadTarballDocument,
  ) {
    this.#reader = reader;
    this.#ofTarball = ofTarball;
    this.onDidChange = this.#changes.event;
    this.#disposables = [
      this.#changes,
      host.serve(imageScheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    ];
  }

  /** Loads a document under a URI that contains the digest, so that its content never changes. */
  async load(target: ImageTarget | TarballImageTarget, what: ShownDocument, signal: AbortSignal): Promise<vscode.Uri> {
    return isImageTarget(target) ? this.#loadOfImage(target, what, signal) : this.#loadOfTarball(target, what);
  }

  async #loadOfTarball({ fsPath, digest }: TarballImageTarget, what: ShownDocument): Promise<vscode.Uri> {
    const place = `tarball${vscode.Uri.file(fsPath).path}`;
    return this.#keep(uriOf(place, basename(fsPath), digest, what), await this.#ofTarball(fsPath, digest, what));
  }

  async #loadOfImage(image: ImageTarget, what: ShownDocument, signal: AbortSignal): Promise<vscode.Uri> {
    const { registry, path, tag = 'latest' } = image;
    const digest = image.digest ?? (await this.#reader.digestOf(registry, path, tag, signal));
    const text =
      what === 'lock'
        ? (await this.#reader.lock(registry, path, digest, signal)).text
        : await this.#reader.document({ registry, path, digest }, what, signal);
    return this.#keep(uriOf(`${registry}/${path}`, path.slice(path.lastIndexOf('/') + 1), digest, what), text);
  }

  #keep(uri: vscode.Uri, text: string): vscode.Uri {
    this.#texts.set(uri.toString(), text);
    this.#changes.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? vscode.l10n.t('Open it again from the Registries view.');
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#texts.clear();
  }
}

/** The last path segment is the title of the tab, and its extension selects the language. */
function uriOf(place: string, name: string, digest: string, what: ShownDocument): vscode.Uri {
  const extensions = { manifest: 'manifest.json', config: 'config.json', lock: 'images.yml' };
  return vscode.Uri.from({
    scheme: imageScheme,
    path: `/${place}@${digest}/${name}@${shortDigest(digest)}.${extensions[what]}`,
  });
}
