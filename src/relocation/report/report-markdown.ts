import { formatBytes, formatCount, formatSeconds } from '../../base/format.ts';
import { markdownBlock, markdownCode, markdownLines, markdownTable } from '../../base/markdown.ts';
import { attachmentsText, totalOf } from '../../carvel/attachment-kind.ts';
import type { PolicySummary } from '../plan/plan-summary.ts';
import { destinationText, sourceText } from '../request/request.ts';
import type { RelocationRequest } from '../request/request.ts';
import type { ImageResult, RelocationReport } from './report.ts';

/**
 * A report for people, as Markdown (GitHub Flavored Markdown): what was copied from where to where, and for each image
 * its origin, who signed it, which part of the policy admitted it and what the scanner said. Everything in it is escaped.
 */
export function reportMarkdown(request: RelocationRequest, report: RelocationReport): string {
  const { results = [], failed, warnings, subset } = report;
  const scanned = results.filter(({ scan }) => scan !== undefined && scan.output !== '');
  const parts = [
    `# Relocation of ${markdownCode(sourceText(request.source))}`,
    headline(report),
    markdownTable(['', ''], facts(request, report)),
    ...(subset === undefined
      ? []
      : [
          '## Subset',
          `Made of ${formatCount(subset.packages.length, 'Package version')} of ${markdownCode(subset.of)}.`,
          list(subset.packages.map(({ name, version }) => markdownCode(`${name}@${version}`))),
        ]),
    ...(failed.length === 0
      ? []
      : [
          '## Failed',
          list(
            failed.map(
              ({ reference, code, reason }) =>
                `${markdownCode(reference)}: ${markdownLines(reason)} (${markdownCode(code)})`,
            ),
          ),
        ]),
    ...(warnings.length === 0 ? [] : ['## Warnings', list(warnings.map(markdownLines))]),
    ...(results.length === 0 ? [] : ['## Images', imagesTable(report)]),
    ...(scanned.length === 0 ? [] : ['## Output of the scanner']),
    ...scanned.flatMap(({ reference, scan }) => [`### ${markdownCode(reference)}`, markdownBlock(scan?.output ?? '')]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function headline({ images, failed }: RelocationReport): string {
  if (failed.length > 0) return `**${failed.length} of ${formatCount(images.total, 'image')} failed.**`;
  return `Complete: ${images.copied} of ${formatCount(images.total, 'image')} copied, ${images.present} already there.`;
}

function facts(request: RelocationRequest, report: RelocationReport): string[][] {
  const { root, tags, tagsNotSet, bytes, seconds, attachments, policy, beforeTag } = report;
  const { carried = {}, left = {} } = attachments ?? {};
  return [
    ['From', markdownCode(sourceText(request.source))],
    ['To', markdownCode(destinationText(request.destination))],
    ...(root === undefined || report.failed.length > 0 ? [] : [['Reference', markdownCode(root.reference)]]),
    ...(tags.length === 0 ? [] : [['Tags', tags.map(markdownCode).join(', ')]]),
    ...(tagsNotSet.length === 0
      ? []
      : [['Tags not set', `${tagsNotSet.map(markdownCode).join(', ')}, because the bundle is not complete`]]),
    ['Data', `${formatBytes(bytes.copied)} copied of ${formatBytes(bytes.total)} in ${formatSeconds(seconds)}`],
    ...(attachments === undefined || attachments.signed === 0
      ? []
      : [['Signed', `${attachments.signed} of ${formatCount(attachments.images, 'image')}`]]),
    ...(totalOf(carried) === 0 ? [] : [['Copied along', attachmentsText(carried)]]),
    ...(totalOf(left) === 0 ? [] : [['Not copied', attachmentsText(left)]]),
    ...(policy === undefined ? [] : [['Policy', policyText(policy)]]),
    ...(beforeTag === undefined ? [] : [['Scanned with', markdownCode(beforeTag)]]),
  ];
}

function policyText({ path, mode, judged, refused }: PolicySummary): string {
  return `${markdownCode(path)}: ${judged - refused} of ${judged} images admitted${mode === 'warn' ? ' (only reported)' : ''}`;
}

function imagesTable({ results = [], policy, beforeTag }: RelocationReport): string {
  const titles = [
    'Image',
    'Kind',
    'Size',
    'Result',
    ...(policy === undefined ? [] : ['Policy']),
    ...(beforeTag === undefined ? [] : ['Scanner']),
  ];
  const rows = results.map((image) => [
    image.origin === undefined
      ? markdownCode(image.reference)
      : `${markdownCode(image.reference)}<br>origin: ${markdownCode(image.origin)}`,
    image.kind,
    formatBytes(image.bytes),
    image.result === 'present' ? 'already there' : image.result,
    ...(policy === undefined ? [] : [verdictText(image)]),
    ...(beforeTag === undefined ? [] : [scanText(image)]),
  ]);
  return markdownTable(titles, rows);
}

function verdictText({ verdict }: ImageResult): string {
  if (verdict === undefined) return '';
  const { admitted, scope, signers, reasons } = verdict;
  const signed = signers.map((signer) => `signed by ${markdownCode(signer)}`);
  const judged = admitted
    ? `admitted (${markdownCode(scope)})`
    : `not admitted (${markdownCode(scope)}): ${markdownLines(reasons.join('; '))}`;
  return [judged, ...signed].join('<br>');
}

function scanText({ scan }: ImageResult): string {
  if (scan === undefined) return '';
  return `${scan.exitCode === 0 ? 'accepted' : `exit code ${scan.exitCode}`} in ${formatSeconds(scan.seconds)}`;
}

/** @param items Markdown */
function list(items: readonly string[]): string {
  return items.map((each) => `- ${each}`).join('\n');
}
