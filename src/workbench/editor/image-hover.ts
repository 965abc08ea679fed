import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Audits } from '../audit/audits.ts';
import { auditHeadline } from '../audit/report-text.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { errorText } from '../errors/error-text.ts';
import { artifactName } from '../registries/artifact-presentation.ts';
import type { RegistryReader } from '../registries/registry-reader.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import { asMarkdown } from '../../base/markdown.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import type { ImageFacts } from './image-facts.ts';
import { rangeOf } from './carvel-documents.ts';

const TAGS = 12;

export interface HoverParts {
  readonly documents: CarvelDocuments;
  readonly facts: ImageFacts;
  readonly tree: RegistryTree;
  readonly audits: Audits;
  readonly sizes: Pick<RegistryReader, 'wholeSize'>;
  /** Maps the host name that a cluster uses for a registry to the one used here. */
  readonly hostOf: (clusterHost: string) => string;
}

/** Shows what an image reference points to, if its registry is listed. */
export class ImageHover implements vscode.HoverProvider {
  readonly #parts: HoverParts;

  constructor(parts: HoverParts) {
    this.#parts = parts;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const { imagesOf } = await import('../../packaging/documents/find-documents.ts');
    const images = (await this.#parts.documents.find(document)).flatMap(imagesOf);
    const image = images.find((each) => rangeOf(document, each).contains(position));
    const reference = image && tryOrUndefined(() => parseReference(image.value));
    if (image === undefined || reference === undefined) return undefined;
    const lines = image.hasTagSelection
      ? await this.#tags(reference)
      : await this.#lines(image.value, reference, token);
    const report = this.#parts.audits.get(image.value);
    if (report !== undefined) lines.push(vscode.l10n.t('Audit: {0}', auditHeadline(report)));
    if (lines.length === 0) return undefined;
    return new vscode.Hover(lines.map(plainMarkdown), rangeOf(document, image));
  }

  async #lines(text: string, reference: Reference, token: vscode.CancellationToken): Promise<string[]> {
    const fact = await this.#parts.facts.ask(text);
    const { registry, path } = reference;
    if (fact === undefined) {
      return [
        vscode.l10n.t('The registry {0} is not in the Registries view, so the image was not looked up.', registry),
      ];
    }
    if (fact.kind === 'missing') return [vscode.l10n.t('{0} does not have this image.', registry)];
    if (fact.kind === 'error') return [errorText(fact.error).message];
    const { kind, digest, mediaType } = fact.image;
    const here = this.#parts.hostOf(registry);
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const size = await this.#parts.sizes.wholeSize(here, path, fact.image, abort.signal);
    return [
      vscode.l10n.t('{0}, {1}, in {2}', artifactName(kind), sizeText(kind, size), `${registry}/${path}`),
      vscode.l10n.t('Digest: {0}', digest),
      ...(await this.#tags(reference)),
      ...(here === registry
        ? []
        : [vscode.l10n.t('Registry host in the cluster: {0}; on this machine: {1}', registry, here)]),
      mediaType,
    ];
  }

  async #tags({ registry: written, path }: Reference): Promise<string[]> {
    const registry = this.#parts.hostOf(written);
    const isListed = (await this.#parts.tree.children()).some(
      (node) => node.kind === 'registry' && node.registry === registry,
    );
    if (!isListed) return [];
    const tags = (await this.#parts.tree.tagList(registry, path).get()).value?.tags ?? [];
    if (tags.length === 0) return [];
    const shown = tags.slice(0, TAGS).join(', ');
    return [
      tags.length > TAGS
        ? vscode.l10n.t('Tags: {0} and {1} more', shown, tags.length - TAGS)
        : vscode.l10n.t('Tags: {0}', shown),
    ];
  }
}

/** The size with all images of a bundle or index. */
function sizeText(kind: Inspection['kind'], size: number | undefined): string {
  if (size === undefined) return vscode.l10n.t('size unknown, because not all of its images could be read');
  return kind === 'bundle' ? vscode.l10n.t('{0} with all images', formatBytes(size)) : formatBytes(size);
}

/** Text from a registry is escaped, so that it is not rendered as Markdown. */
function plainMarkdown(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(asMarkdown(printable(text, 2000)));
}
