// Packages whose application runs: `web`, with values and two versions, and `api`, whose image is an index.
import { RawRepository } from './raw-registry.ts';
import { imagesLock, pushBundle } from './repository-bundle.ts';
import { pushSampleImage, pushSampleIndex } from './sample-image.ts';

export interface SamplePackages {
  /** The bundle of version v1.0.0, with `web` 1.0.0 and `api` 1.0.0; v1.1.0 adds `web` 1.1.0. */
  readonly bundle: string;
  /** The images of the applications, as the locks name them. */
  readonly web: string;
  readonly api: string;
  /** The digests of the children of the index `api`: for this machine, and for another one. */
  readonly children: { readonly mine: string; readonly other: string };
}

/** Pushes them to `<host>/<path>`, and their bundles and images next to it. */
export async function pushSamplePackages(host: string, path = 'vendor/example-packages'): Promise<SamplePackages> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const apps = (name: string) => new RawRepository(host, `${parent}/apps/${name}`);
  const webImage = async (version: string) =>
    `${apps('web').name}@${await pushSampleImage(apps('web'), version, version)}`;
  const web = await webImage('1.0.0');
  const { index, ...children } = await pushSampleIndex(apps('api'), 'api');
  const api = `${apps('api').name}@${index}`;

  const packageBundle = async (name: string, version: string, image: string, config: Record<string, string>) => {
    const repository = new RawRepository(host, `${parent}/packages/${name}`);
    const lock = imagesLock({ [image]: image }, `${apps(name).name}:${version}`);
    const files = { ...config, '.imgpkg/images.yml': lock };
    return `${repository.name}@${await pushBundle(repository, version, files)}`;
  };
  const web10 = await packageBundle('web', '1.0.0', web, webConfig('1.0.0', web));
  const api10 = await packageBundle('api', '1.0.0', api, { 'config/api.yml': deployment('api', api) });
  const repository = new RawRepository(host, path);
  const first = {
    ...packageFiles('web', '1.0.0', web10, { releaseNotes: 'First release of web', schema: webSchema('1.0.0') }),
    ...packageFiles('api', '1.0.0', api10, { releaseNotes: 'First release of api' }),
  };
  const lock = { [web10]: web10, [api10]: api10 };
  await pushBundle(repository, 'v1.0.0', { ...first, '.imgpkg/images.yml': imagesLock(lock) });

  const newest = await webImage('1.1.0');
  const web11 = await packageBundle('web', '1.1.0', newest, webConfig('1.1.0', newest));
  const second = packageFiles('web', '1.1.0', web11, {
    releaseNotes: 'The color of the heading is a value now',
    schema: webSchema('1.1.0'),
  });
  const locks = imagesLock({ ...lock, [web11]: web11 });
  await pushBundle(repository, 'v1.1.0', { ...first, ...second, '.imgpkg/images.yml': locks });
  return { bundle: `${repository.name}:v1.0.0`, web, api, children };
}

/** The files of one Package in a repository bundle, by path. */
export function packageFiles(
  name: string,
  version: string,
  bundle: string,
  { releaseNotes = '', schema = {}, kapp = '{}' }: { releaseNotes?: string; schema?: object; kapp?: string } = {},
): Record<string, string> {
  const refName = `${name}.apps.example.com`;
  const valuesSchema = `{openAPIv3: {type: object, additionalProperties: false, properties: ${JSON.stringify(schema)}}}`;
  return {
    [`packages/${refName}/metadata.yml`]: `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: PackageMetadata
metadata: {name: ${refName}}
spec: {displayName: ${name}, shortDescription: "${name}, a sample", providerName: Example}
`,
    [`packages/${refName}/${version}.yml`]: `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: ${refName}.${version}}
spec:
  refName: ${refName}
  version: ${version}
  releaseNotes: ${JSON.stringify(releaseNotes)}
  valuesSchema: ${valuesSchema}
  template:
    spec:
      fetch:
      - imgpkgBundle: {image: "${bundle}"}
      template:
      - ytt: {paths: [config/]}
      - kbld: {paths: ["-", ".imgpkg/images.yml"]}
      deploy:
      - kapp: ${kapp}
`,
  };
}

interface Value {
  readonly type: string;
  readonly description: string;
  readonly default: string | number;
}

function webSchema(version: '1.0.0' | '1.1.0'): Record<string, Value> {
  return {
    message: { type: 'string', description: 'The heading of the page', default: 'Hello from inside the air gap' },
    replicas: { type: 'integer', description: 'How many pods serve the page', default: 1 },
    ...(version === '1.1.0' && {
      color: { type: 'string', description: 'The color of the line below the heading', default: 'seagreen' },
    }),
  };
}

function webConfig(version: '1.0.0' | '1.1.0', image: string): Record<string, string> {
  const entries = Object.entries(webSchema(version));
  const schema = entries.map(([key, value]) => `#@schema/desc "${value.description}"\n${key}: ${value.default}\n`);
  const texts = entries.filter(([key]) => key !== 'replicas');
  const env = texts.map(([key]) => `        - name: ${key.toUpperCase()}\n          value: #@ data.values.${key}\n`);
  return {
    'config/schema.yml': `#@data/values-schema\n---\n${schema.join('')}`,
    'config/web.yml': `#@ load("@ytt:data", "data")\n---\n${deployment('web', image, {
      replicas: '#@ data.values.replicas',
      env: `        - {name: VERSION, value: ${version}}\n${env.join('')}`,
    })}`,
  };
}

function deployment(
  name: string,
  image: string,
  { replicas = '1', env = `        - {name: MESSAGE, value: ${name}}\n` } = {},
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: ${name}
        image: ${image}
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        env:
${env}---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
`;
}
