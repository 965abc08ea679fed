import * as vscode from 'vscode';

import type { AuditReport } from '../../audit/report.ts';
import { formatBytes } from '../../base/format.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import { RegistryContext } from '../../contract/registries.ts';
import { formatReference } from '../../oci/reference.ts';
import { auditHeadline, auditMark } from '../audit/report-text.ts';
import type { Verdict } from '../../trust/gate.ts';
import { errorText } from '../errors/error-text.ts';
import { verdictText } from '../relocations/report/verdict-text.ts';
import { withoutIcons, shortDigest, shortInternalTag } from '../text/formatting.ts';
import { subsetLines } from '../text/subset-text.ts';
import { artifactIcon, artifactName, attachmentIcon, attachmentName } from './artifact-presentation.ts';
import type { ArtifactState } from './artifacts.ts';
import type { Content, ContentNode, ImageNode, TagNode } from './nodes.ts';
import { toReference } from './to-reference.ts';

/** What is known about an image beyond its content. */
export interface ImageMarks {
  readonly audit: AuditReport | undefined;
  readonly verdict: Verdict | undefined;
}

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/**
 * A tag or a part of an image. The tooltip is created on demand, see `imageTooltip`.
 * @param copied whether its reference was just copied
 * @param marks the latest audit of the image, and what the policy said about it
 */
export function imageItem(
  node: ImageNode,
  state: ArtifactState | undefined,
  copied: boolean,
  marks: ImageMarks,
): vscode.TreeItem {
  const item = node.kind === 'tag' ? tagItem(node, state, marks) : contentItem(node, state, marks);
  if (copied) item.contextValue = `${item.contextValue ?? ''}${RegistryContext.copiedSuffix}`;
  return item;
}

function tagItem(node: TagNode, state: ArtifactState | undefined, { audit, verdict }: ImageMarks): vscode.TreeItem {
  const { artifact } = state ?? {};
  const label = node.internal ? shortInternalTag(node.tag) : node.tag;
  if (artifact === undefined) return unknownItem(node, label, state);
  const kind = artifactName(artifact.kind);
  // The tag may have moved since the audit, unless it is outside: then the audit did not resolve it.
  const audited = audit?.images[0]?.reference ?? '';
  const isCurrent = audited.endsWith(artifact.digest) || !audited.includes('@');
  const subset = artifact.subset === undefined ? [] : [vscode.l10n.t('subset')];
  const marks = [...(audit !== undefined && isCurrent ? [auditMark(audit)] : []), ...verdictMarks(verdict)];
  return {
    ...knownItem(node, artifact),
    ...verdictIcon(verdict),
    collapsibleState: Collapsed,
    label,
    description: [kind, ...subset, ...marks, shortDigest(artifact.digest)].join(' · '),
    accessibilityInformation: { label: [label, kind, ...subset, ...marks].join(', ') },
  };
}

function contentItem(node: ContentNode, state: ArtifactState | undefined, { verdict }: ImageMarks): vscode.TreeItem {
  const { content } = node;
  if (content.role === 'attached') return attachedItem(node, content);
  const label = withoutIcons(
    content.role === 'locked' ? content.label : (content.platform ?? shortDigest(node.digest)),
  );
  const { artifact } = state ?? {};
  const inSameRepository = content.role === 'locked' && content.inSameRepository;
  const elsewhere = content.role === 'locked' && !content.inSameRepository;
  // Only an unexpected location is shown; screen readers get both.
  const visible = elsewhere ? [vscode.l10n.t('elsewhere')] : [];
  const spoken = elsewhere
    ? [vscode.l10n.t("not in the bundle's repository")]
    : inSameRepository
      ? [vscode.l10n.t("in the bundle's repository")]
      : [];
  if (artifact === undefined) return unknownItem(node, label, state, { visible, spoken });
  const size = state?.size === undefined ? [] : [formatBytes(state.size)];
  const what = [artifactName(artifact.kind), ...verdictMarks(verdict), ...size];
  return {
    ...knownItem(node, artifact),
    ...verdictIcon(verdict),
    collapsibleState: Collapsed,
    label,
    description: [...visible, ...what].join(' · '),
    accessibilityInformation: { label: [label, ...what, ...spoken].join(', ') },
  };
}

/** Who signed an image, or that the policy does not admit it; the tooltip says why. */
function verdictMarks(verdict: Verdict | undefined): string[] {
  if (verdict === undefined) return [];
  return [withoutIcons(verdict.admitted ? verdictText(verdict) : vscode.l10n.t('not admitted'))];
}

function verdictIcon(verdict: Verdict | undefined): Pick<vscode.TreeItem, 'iconPath'> {
  if (verdict === undefined || (verdict.admitted && verdict.signers.length === 0)) return {};
  const [icon, color] = verdict.admitted ? ['verified-filled', 'charts.green'] : ['error', 'errorForeground'];
  return { iconPath: new vscode.ThemeIcon(icon ?? '', new vscode.ThemeColor(color ?? '')) };
}

function attachedItem(node: ContentNode, { tag, artifactType, size }: Content & { role: 'attached' }): vscode.TreeItem {
  const label = attachmentName(tag, artifactType);
  const description = [...(tag === undefined && artifactType !== undefined ? [artifactType] : []), formatBytes(size)];
  return {
    id: node.id,
    label,
    description: withoutIcons(description.join(' · ')),
    accessibilityInformation: { label: [label, ...description].join(', ') },
    iconPath: attachmentIcon(tag, artifactType),
    contextValue: RegistryContext.attachment,
    collapsibleState: None,
  };
}

function knownItem(node: ImageNode, { kind }: Inspection): Pick<vscode.TreeItem, 'id' | 'iconPath' | 'contextValue'> {
  const base = node.kind === 'tag' ? RegistryContext.tag : RegistryContext.content;
  return {
    id: node.id,
    iconPath: artifactIcon(kind),
    contextValue: kind === 'bundle' ? `${base}.bundle` : kind === 'index' ? `${base}.index` : base,
  };
}

/** The location of an image, as visible text and as text for screen readers. */
interface LocationLabels {
  readonly visible: readonly string[];
  readonly spoken: readonly string[];
}

const NO_LOCATION: LocationLabels = { visible: [], spoken: [] };

function unknownItem(
  node: ImageNode,
  label: string,
  state: ArtifactState | undefined,
  { visible, spoken }: LocationLabels = NO_LOCATION,
): vscode.TreeItem {
  const unknown = state?.error === undefined ? [] : [vscode.l10n.t('unknown')];
  return {
    id: node.id,
    label,
    description: [...visible, ...unknown].join(' · '),
    accessibilityInformation: { label: [label, ...unknown, ...spoken].join(', ') },
    iconPath: new vscode.ThemeIcon(node.kind === 'tag' ? 'tag' : 'file'),
    contextValue: node.kind === 'tag' ? RegistryContext.tag : RegistryContext.content,
    collapsibleState: None,
  };
}

/** Plain text, because names from registries could contain Markdown links. */
export function imageTooltip(
  node: ImageNode,
  { artifact, size, error }: ArtifactState,
  { audit, verdict }: ImageMarks,
): string {
  const lines = [formatReference(toReference(node))];
  if (node.kind === 'content' && node.content.role === 'locked') {
    lines.push(
      vscode.l10n.t('In the lock: {0}', node.content.origin),
      node.content.inSameRepository
        ? vscode.l10n.t("Stored in the bundle's repository.")
        : vscode.l10n.t("Not stored in the bundle's repository: the bundle was not relocated here."),
    );
  }
  if (artifact !== undefined) {
    const { digest, mediaType, kind, created, platforms = [], subset } = artifact;
    lines.push(
      vscode.l10n.t('Digest: {0}', digest),
      vscode.l10n.t('Kind: {0}', artifactName(kind)),
      vscode.l10n.t('Media type: {0}', mediaType),
      sizeText(kind, size),
    );
    if (subset !== undefined) lines.push(...subsetLines(subset));
    if (created !== undefined) lines.push(vscode.l10n.t('Created: {0}', new Date(created).toLocaleString()));
    if (platforms.length > 0) lines.push(vscode.l10n.t('Platforms: {0}', platforms.join(', ')));
  }
  if (audit !== undefined) lines.push('', vscode.l10n.t('Audit: {0}', auditHeadline(audit)));
  if (verdict !== undefined) {
    lines.push('', vscode.l10n.t('Policy: {0}', verdictText(verdict)));
    lines.push(vscode.l10n.t('Scope of the policy: {0}', verdict.scope));
  }
  if (error !== undefined) {
    const { message, remedy } = errorText(error);
    lines.push('', message, ...(remedy === undefined ? [] : [remedy]));
  }
  return lines.join('\n');
}

/** The size with all images of a bundle or index. */
function sizeText(kind: Inspection['kind'], size: number | undefined): string {
  if (size === undefined) return vscode.l10n.t('Size: unknown, because not all of its images could be read');
  if (kind === 'bundle') return vscode.l10n.t('Size with all images: {0}', formatBytes(size));
  return vscode.l10n.t('Size: {0}', formatBytes(size));
}
