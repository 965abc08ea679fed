import { auditDocument, clusterAuditDocument } from '../audit/report-document.ts';
import type { AuditReport } from '../audit/report.ts';
import { formatBytes, formatCount } from '../base/format.ts';
import { defined } from '../base/json.ts';
import { isFaulty } from '../carvel/archive/verification.ts';
import { countsOf } from '../carvel/inventory.ts';
import { checkPlatforms } from '../carvel/platforms.ts';
import { verificationDocument } from '../relocation/archive/verification-document.ts';
import type { DescribedImage } from '../relocation/describe.ts';
import { fileDocument } from '../relocation/file-document.ts';
import { bytesOfChoice, packageCosts } from '../relocation/packages/package-listing.ts';
import type { PackageSource } from '../relocation/request/request.ts';
import { Input, inputSchema, listSchema, textSchema } from './input.ts';
import { outputSchema } from './tool.ts';
import type { AgentBackend, AgentTool, Finding } from './tool.ts';

const REFERENCE = textSchema('A reference, such as registry.example/path:tag or registry.example/path@sha256:…');
const PATH = textSchema('The absolute path of a file or folder on this machine');
const OBJECTS = { type: 'array', items: { type: 'object' } };
const NUMBERS = { type: 'object' };
const TEXT = { type: 'string' };
const YES_OR_NO = { type: 'boolean' };

export const describeTool: AgentTool = {
  name: 'describe',
  title: 'Describe a bundle, an image or a tar',
  description:
    'Shows what a bundle, an image or an index in a registry contains: its images, nested bundles and sizes in bytes. With packages, the Packages of a PackageRepository bundle and their sizes. With path instead of reference, what a tar, an OCI image layout, an inventory, a receipt or an export manifest contains.',
  isReadOnly: true,
  inputSchema: inputSchema({
    reference: REFERENCE,
    path: PATH,
    packages: { type: 'boolean', description: 'List the Packages of a PackageRepository bundle instead of its images' },
    layers: { type: 'boolean', description: 'Also list configs and layers' },
  }),
  outputSchema: outputSchema(
    [
      'Description',
      'PackageList',
      'ExportDescription',
      'InventoryDescription',
      'VolumesDescription',
      'ReceiptDescription',
    ],
    { source: TEXT, roots: OBJECTS, totals: NUMBERS, packages: OBJECTS },
  ),
  async run(values, backend, { signal, progress }) {
    const input = new Input('describe', describeTool.inputSchema, values);
    const [reference, path] = [input.text('reference'), input.text('path')];
    progress('Reading', 0);
    if (reference !== undefined && path !== undefined) throw input.invalid('path', 'give either reference or path');
    if (input.isOn('packages')) {
      const source = path === undefined ? bundleOf(reference ?? input.needed('reference')) : archiveOf(path);
      return describePackages(source, backend, signal);
    }
    if (reference === undefined) return describeFile(input.needed('path'), input.isOn('layers'), backend, signal);
    const { roots, totals, source } = await backend.describeReference(reference, signal);
    return {
      summary: `${formatCount(totals.images, 'image')}, ${totals.bundles} of them bundles; ${formatCount(totals.blobs, 'blob')}; ${formatBytes(totals.bytes)} in total.`,
      document: { kind: 'Description', source, totals, roots: withoutBlobs(roots, input.isOn('layers')) },
    };
  },
};

function bundleOf(reference: string): PackageSource {
  return { kind: 'bundle', reference };
}

function archiveOf(path: string): PackageSource {
  return { kind: 'archive', path };
}

async function describePackages(
  source: PackageSource,
  { engine }: AgentBackend,
  signal: AbortSignal,
): Promise<Finding> {
  const listing = await engine.listPackages(source, { signal });
  const packages = packageCosts(listing);
  const { bundle, missing } = listing;
  const [wholeBytes, sharedBytes] = [bytesOfChoice(listing, listing.packages), bytesOfChoice(listing, [])];
  return {
    summary: `${packages.length} Package versions, ${formatBytes(wholeBytes)} in total, ${formatCount(missing, 'image')} missing.`,
    document: { kind: 'PackageList', bundle, wholeBytes, sharedBytes, missing, packages },
  };
}

async function describeFile(
  path: string,
  layers: boolean,
  backend: AgentBackend,
  signal: AbortSignal,
): Promise<Finding> {
  const file = await backend.describeFile(path, signal);
  if (file.kind !== 'archive') return { summary: 'The file was read.', document: fileDocument(file) };
  const { roots, totals, source } = file.description;
  return {
    summary: `${formatCount(totals.images, 'image')}; ${formatBytes(totals.bytes)} in total. Layers were not verified.`,
    document: { kind: 'Description', source, totals, roots: withoutBlobs(roots, layers) },
  };
}

function withoutBlobs(images: readonly DescribedImage[], layers: boolean): object[] {
  if (layers) return [...images];
  return images.map(({ blobs, images: below, ...image }) => ({
    ...image,
    layers: blobs.length,
    ...(below === undefined ? {} : { images: withoutBlobs(below, layers) }),
  }));
}

export const verifyTool: AgentTool = {
  name: 'verify',
  title: 'Verify a tar',
  description:
    'Reads every layer of a tar or an OCI image layout and compares it with its digest. Reports what is missing, truncated or damaged. Reads the whole file.',
  isReadOnly: true,
  inputSchema: inputSchema({ path: PATH }, ['path']),
  outputSchema: outputSchema(['Verification'], { path: TEXT, sound: YES_OR_NO, totals: NUMBERS, entries: OBJECTS }),
  async run(values, { engine }, { signal, progress }) {
    const input = new Input('verify', verifyTool.inputSchema, values);
    const found = await engine.verify(input.needed('path'), {
      signal,
      onProgress: ({ bytesDone, bytesTotal }) => progress('Verifying', bytesDone, bytesTotal),
    });
    const faulty = found.entries.filter(isFaulty);
    const entries = [...faulty, ...found.entries.filter((entry) => !isFaulty(entry))];
    return {
      summary: found.isValid
        ? `Valid: ${formatCount(found.images, 'image')}, ${found.entries.length} entries.`
        : `Not valid: ${faulty.length} of ${found.entries.length} entries are missing or damaged.`,
      document: verificationDocument({ ...found, entries }),
    };
  },
};

export const inventoryTool: AgentTool = {
  name: 'inventory',
  title: 'List the tags of a repository',
  description:
    'Lists the tags of a repository in a registry, with their digests, and the number and size of its manifests and blobs. Writes no file.',
  isReadOnly: true,
  inputSchema: inputSchema({ repository: textSchema('registry.example/path, without tag or digest') }, ['repository']),
  outputSchema: outputSchema(['Inventory'], { place: TEXT, counts: NUMBERS, tags: OBJECTS }),
  async run(values, backend, { signal, progress }) {
    const input = new Input('inventory', inventoryTool.inputSchema, values);
    progress('Reading', 0);
    const place = await backend.inventory(input.needed('repository'), signal);
    const { tags, manifests, blobs, bytes } = countsOf(place);
    const names = [...place.tags].map(([name, digest]) => ({ name, digest }));
    return {
      summary: `${formatCount(tags, 'tag')}, ${formatCount(manifests, 'manifest')}, ${formatCount(blobs, 'blob')}, ${formatBytes(bytes)}.`,
      document: { kind: 'Inventory', place: place.place, counts: { tags, manifests, blobs, bytes }, tags: names },
    };
  },
};

export const auditTool: AgentTool = {
  name: 'audit',
  title: 'Audit what a cluster pulls',
  description:
    'Finds the images that a cluster will pull and reports whether each is inside the air gap. With reference: for a bundle. With context: everything that this cluster pulls. With context and reference or package: as if that were installed. Never contacts registries that are not inside.',
  isReadOnly: true,
  inputSchema: inputSchema({
    reference: REFERENCE,
    package: textSchema('NAME or NAME@VERSION of a Package that the cluster offers'),
    context: textSchema('A context of the kubeconfig'),
    namespace: textSchema('Only this namespace; with reference or package: where it would be installed'),
    inside: listSchema('What is inside: REGISTRY or REGISTRY/PATH. Default: the registry of the reference'),
    platforms: listSchema('Without context: the platforms of the nodes, such as linux/amd64. Default: all'),
  }),
  outputSchema: outputSchema(['Audit', 'ClusterAudit'], {
    isInside: YES_OR_NO,
    isComplete: YES_OR_NO,
    bundles: OBJECTS,
    images: OBJECTS,
    problems: OBJECTS,
    notChecked: OBJECTS,
  }),
  async run(values, backend, call) {
    const input = new Input('audit', auditTool.inputSchema, values);
    const [reference, name, context] = [input.text('reference'), input.text('package'), input.text('context')];
    const [namespace, named] = [input.text('namespace'), input.list('inside')];
    const inside = named.length > 0 ? named : backend.inside();
    if (reference !== undefined && name !== undefined)
      throw input.invalid('package', 'give either reference or package');
    const onProgress = ({ imagesDone, imagesTotal }: { imagesDone: number; imagesTotal: number }): void =>
      call.progress('Checking images', imagesDone, imagesTotal);
    if (context === undefined && name === undefined) {
      const platforms = checkPlatforms(input.list('platforms'));
      const report = await backend.audit(
        { reference: reference ?? input.needed('reference'), isRepository: false },
        {
          signal: call.signal,
          onProgress,
          ...(inside.length === 0 ? {} : { inside }),
          ...(platforms.length === 0 ? {} : { platforms: new Set(platforms) }),
        },
      );
      return auditFinding(report, auditDocument([worstFirst(report)], inside.length === 0));
    }
    const session = await backend.cluster(context);
    if (reference === undefined && name === undefined) {
      const report = await backend.auditCluster({
        cluster: session,
        inside,
        signal: call.signal,
        ...defined({ namespace }),
        onProgress: (step) => (step.step === 'check' ? onProgress(step) : call.progress('Reading', step.objects)),
      });
      return auditFinding(report, clusterAuditDocument(worstFirst(report)));
    }
    const place = namespace ?? session.defaultNamespace;
    const options = { cluster: session, namespace: place, inside, signal: call.signal, onProgress };
    const subject =
      reference === undefined
        ? await backend.findPackage(session, name ?? '', place, call.signal)
        : { kind: 'bundle' as const, reference };
    const report = await backend.auditReady(subject, options);
    return auditFinding(report, auditDocument([worstFirst(report)], reference !== undefined && inside.length === 0));
  },
};

/** What is not inside comes first, because the end of a long list is cut. */
function worstFirst<Report extends AuditReport>(report: Report): Report {
  const isWrong = ({ status }: AuditReport['images'][number]): boolean => status !== 'inside';
  const images = [...report.images.filter(isWrong), ...report.images.filter((image) => !isWrong(image))];
  return { ...report, images };
}

function auditFinding({ totals, problems, notChecked, isInside, isComplete }: AuditReport, document: object): Finding {
  const { images, inside, missing, outside, unauthenticated, unknown } = totals;
  const others = `missing: ${missing}, outside: ${outside}, without credentials: ${unauthenticated}, unknown: ${unknown}, further problems: ${problems.length}, not checked: ${notChecked.length}`;
  const verdict = !isInside
    ? 'Not everything is inside'
    : isComplete
      ? 'Everything is inside'
      : 'What was checked is inside';
  return { summary: `${verdict}: ${inside} of ${formatCount(images, 'image')} (${others}).`, document };
}
