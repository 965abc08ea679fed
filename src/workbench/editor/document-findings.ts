import type * as vscode from 'vscode';

import type { DocumentFinding } from '../../packaging/documents/finding.ts';
import type { FoundDocument } from '../../packaging/documents/find-documents.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import type { TextValue } from '../../packaging/documents/document-view.ts';
import type { SecretAddress, SecretFacts } from './secret-facts.ts';
import type { ValuesFindings } from '../installs/values-findings.ts';
import type { ImageFacts } from './image-facts.ts';

export interface FindingsParts {
  readonly documents: CarvelDocuments;
  readonly facts: ImageFacts;
  readonly secrets: SecretFacts;
  readonly setting: RegistriesSetting;
  readonly targets: ApplyTargets;
  /** Finds problems in the values of PackageInstalls. */
  readonly values: ValuesFindings;
}

/** Collects the known problems of a text document for diagnostics and quick fixes, without requests. */
export class DocumentFindings {
  readonly #parts: FindingsParts;

  constructor(parts: FindingsParts) {
    this.#parts = parts;
  }

  async of(document: vscode.TextDocument): Promise<DocumentFinding[]> {
    const { documents, setting, targets, facts } = this.#parts;
    const found = await documents.find(document);
    const packages = [...(await documents.packageFindings(document)), ...(await this.#parts.values.of(document))];
    if (found.length === 0) return packages;
    const { checkDocument } = await import('../../packaging/documents/check-document.ts');
    const surroundings = {
      namespaceFor: (context: string | undefined) => targets.knownFor(context)?.namespace ?? 'default',
      isHttp: (host: string) => setting.get(setting.hostOf(host))?.http === true,
    };
    const findings = found.flatMap((each) => checkDocument(each, surroundings));
    const wrong = new Set(findings.filter(({ severity }) => severity === 'error').map(({ place }) => place.start));
    const registryResults = await Promise.all(found.map((each) => registryFindings(each, facts)));
    const secrets = found.flatMap((each) => this.#secretFindings(each));
    // An invalid reference is reported only once.
    return [
      ...findings,
      ...packages,
      ...secrets,
      ...registryResults.flat().filter(({ place }) => !wrong.has(place.start)),
    ];
  }

  /** Asks the listed registries about images and the open clusters about Secrets, after the user edited the document. */
  async ask(document: vscode.TextDocument): Promise<void> {
    const { documents, facts, secrets } = this.#parts;
    const { imagesOf } = await import('../../packaging/documents/find-documents.ts');
    const found = await documents.find(document);
    const images = found.flatMap(imagesOf).filter((image) => !image.hasTagSelection);
    const named = found.flatMap((each) => this.#secretOf(each)?.address ?? []);
    await Promise.all([
      this.#parts.values.ask(document),
      ...images.map(({ value }) => facts.ask(value)),
      ...named.map((address) => secrets.ask(address)),
    ]);
  }

  #secretOf({
    kind,
    view,
    context: named,
  }: FoundDocument): { readonly address: SecretAddress; readonly text: TextValue } | undefined {
    const context = this.#parts.targets.knownFor(named);
    const text = view.text('spec', 'fetch', 'imgpkgBundle', 'secretRef', 'name');
    if (kind !== 'PackageRepository' || context === undefined || text === undefined || text.value === '')
      return undefined;
    const namespace = view.text('metadata', 'namespace')?.value ?? context.namespace;
    return { address: { context: context.name, namespace, name: text.value }, text };
  }

  #secretFindings(document: FoundDocument): DocumentFinding[] {
    const secret = this.#secretOf(document);
    if (secret === undefined || this.#parts.secrets.known(secret.address) !== false) return [];
    const { context, namespace, name } = secret.address;
    const { value: _, ...place } = secret.text;
    return [
      { code: 'secret-missing', severity: 'error', place, args: { context, namespace, secret: name }, fixes: [] },
    ];
  }
}

async function registryFindings(document: FoundDocument, facts: ImageFacts): Promise<DocumentFinding[]> {
  const { imagesOf } = await import('../../packaging/documents/find-documents.ts');
  return imagesOf(document).flatMap(({ value, role, start, end, line, column }): DocumentFinding[] => {
    const fact = facts.known(value);
    const base = { severity: 'error', place: { start, end, line, column }, fixes: [] } as const;
    const host = value.slice(0, value.indexOf('/'));
    if (fact?.kind === 'missing') return [{ ...base, code: 'tag-gone', args: { host, image: value } }];
    if (role !== 'bundle' || fact?.kind !== 'found' || fact.image.kind === 'bundle') return [];
    return [{ ...base, code: 'not-a-bundle', args: { image: value, kind: fact.image.kind } }];
  });
}
