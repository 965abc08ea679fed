// Pulp with its container plugin, the registry of Satellite and Katello, in a temporary folder: the plugin and Django
// come from PyPI, PostgreSQL and Redis from Debian, unpacked but not installed.
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { get } from './http-status.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import { outputOf, runProgram } from './run-program.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { unpackDebian } from './setup/debian.mjs';

/** The latest versions when this was written. */
const PACKAGES = ['pulp-container==2.30.0', 'pulpcore==3.123.1'];
const POSTGRES = 'lib/postgresql/15/bin';
const LIBRARIES = 'lib/x86_64-linux-gnu';
const ENTRIES = {
  api: 'pulpcore.app.entrypoint:main',
  content: 'pulpcore.content.entrypoint:main',
  manager: 'pulpcore.app.manage:manage',
  worker: 'pulpcore.tasking.entrypoint:worker',
} as const;

export interface Pulp {
  /** `127.0.0.1:<port>`; blobs are redirected to another port. */
  readonly host: string;
  readonly user: { readonly name: string; readonly password: string };
  stop(): Promise<void>;
}

export async function startPulp(tell: (what: string) => void): Promise<Pulp> {
  const folder = await makeTemporaryFolder('pulp');
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers.reverse()) await server.stop();
    await folder.remove();
  };
  try {
    const modules = join(folder.path, 'python');
    tell(`Fetching ${PACKAGES.join(' and ')} from PyPI, into a temporary folder. One to three minutes.`);
    const own = Object.fromEntries(Object.entries(process.env).map(([name, value = '']) => [name, value]));
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', modules];
    await outputOf('python3', [...install, ...PACKAGES], { env: own });

    tell('Starting PostgreSQL and Redis.');
    const [apiPort, contentPort] = [await freePort(), await freePort()];
    const [postgresPort, redisPort] = [await freePort(), await freePort()];
    servers.push(await startPostgres(folder.path, postgresPort));
    servers.push(await startRedis(folder.path, redisPort));

    const settings = await writeSettings(folder.path, { apiPort, contentPort, postgresPort, redisPort });
    const env = { PATH: own['PATH'] ?? '', HOME: folder.path, PYTHONPATH: modules, PULP_SETTINGS: settings };
    const python = (entry: keyof typeof ENTRIES, args: readonly string[]) => {
      const [module = '', name = ''] = ENTRIES[entry].split(':');
      return ['-c', `import sys; from ${module} import ${name}; sys.exit(${name}())`, ...args];
    };
    tell("Making Pulp's database. One to two minutes.");
    await outputOf('python3', python('manager', ['migrate', '--noinput']), { env });
    const password = randomBytes(12).toString('hex');
    await outputOf('python3', python('manager', ['reset-admin-password', '--password', password]), { env });

    tell('Starting Pulp.');
    for (const [entry, args] of [
      ['api', ['--bind', `127.0.0.1:${apiPort}`, '--workers', '2']],
      ['content', ['--bind', `127.0.0.1:${contentPort}`, '--workers', '2']],
      ['worker', []],
    ] as const) {
      const logFile = join(folder.path, `${entry}.log`);
      servers.push(
        await startServer({ name: `Pulp's ${entry}`, command: 'python3', args: python(entry, args), env, logFile }),
      );
    }
    const host = `127.0.0.1:${apiPort}`;
    const [api] = servers.slice(-3);
    await api?.untilReady(async () => (await get(`http://${host}/v2/`)) === 401, 120);
    return { host, user: { name: 'admin', password }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(folder: string, port: number): Promise<ServerProcess> {
  const root = join(folder, 'postgresql');
  // Copied, because the user that runs PostgreSQL cannot read root's cache.
  for (const name of ['postgresql-15', 'postgresql-client-15', 'libpq5']) {
    await cp(join(await unpackDebian(name, 'Pulp keeps its data in PostgreSQL'), 'usr'), root, { recursive: true });
  }
  const env = { LD_LIBRARY_PATH: join(root, LIBRARIES), LC_ALL: 'C.UTF-8' };
  const data = join(folder, 'data');
  await mkdir(data);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    await chmod(folder, 0o711);
    await outputOf('chown', ['nobody:nogroup', data]);
  }
  // PostgreSQL refuses to run as root; switching to another user clears the signal set for the parent's death, so it is
  // set again.
  const [command = '', ...prefix] = isRoot
    ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--pdeathsig', 'KILL', '--']
    : ['env', '--'];
  const program = (name: string) => [...prefix, join(root, POSTGRES, name)];
  await outputOf(command, [...program('initdb'), '-D', data, '-U', 'pulp', '--auth=trust', '-E', 'UTF8', '-N'], {
    env,
  });
  const args = [
    ...program('postgres'),
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-k',
    data,
    '-c',
    'fsync=off',
  ];
  const logFile = join(folder, 'postgres.log');
  const server = await startServer({ name: 'PostgreSQL', command, args, env, logFile });
  const create = ['-h', '127.0.0.1', '-p', String(port), '-U', 'pulp', 'pulp'];
  const createdb = join(root, POSTGRES, 'createdb');
  await server.untilReady(async () => (await runProgram(createdb, create, { env })).code === 0, 60);
  return server;
}

async function startRedis(folder: string, port: number): Promise<ServerProcess> {
  const tools = await unpackDebian('redis-tools', 'Pulp keeps its cache there');
  const libraries = [
    await unpackDebian('libjemalloc2', 'Redis needs it'),
    await unpackDebian('liblzf1', 'Redis needs it'),
  ];
  // The program chooses its role by the name under which it is called.
  const command = join(folder, 'redis-server');
  await symlink(join(tools, 'usr/bin/redis-check-rdb'), command);
  return startServer({
    name: 'Redis',
    command,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    env: { LD_LIBRARY_PATH: libraries.map((root) => join(root, 'usr', LIBRARIES)).join(':') },
    logFile: join(folder, 'redis.log'),
  });
}

type Ports = Readonly<Record<'apiPort' | 'contentPort' | 'postgresPort' | 'redisPort', number>>;

async function writeSettings(folder: string, ports: Ports): Promise<string> {
  const media = join(folder, 'media');
  for (const name of ['tmp', 'media', 'assets']) await mkdir(join(media, name), { recursive: true });
  const [key, privateKey, publicKey] = ['db.key', 'private.pem', 'public.pem'].map((name) => join(folder, name));
  await writeFile(key ?? '', randomBytes(32).toString('base64'));
  await outputOf('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', privateKey ?? '']);
  await outputOf('openssl', ['ec', '-in', privateKey ?? '', '-pubout', '-out', publicKey ?? '']);
  const database = {
    ENGINE: 'django.db.backends.postgresql',
    NAME: 'pulp',
    USER: 'pulp',
    HOST: '127.0.0.1',
    PORT: ports.postgresPort,
  };
  const settings = {
    SECRET_KEY: randomBytes(32).toString('hex'),
    CONTENT_ORIGIN: `http://127.0.0.1:${ports.contentPort}`,
    DEPLOY_ROOT: media,
    MEDIA_ROOT: join(media, 'media'),
    WORKING_DIRECTORY: join(media, 'tmp'),
    FILE_UPLOAD_TEMP_DIR: join(media, 'tmp'),
    STATIC_ROOT: join(media, 'assets'),
    DB_ENCRYPTION_KEY: key,
    DATABASES: { default: database },
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: ports.redisPort,
    TOKEN_SERVER: `http://127.0.0.1:${ports.apiPort}/token/`,
    TOKEN_SIGNATURE_ALGORITHM: 'ES256',
    PRIVATE_KEY_PATH: privateKey,
    PUBLIC_KEY_PATH: publicKey,
  };
  const file = join(folder, 'settings.py');
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  // Disables reporting to the vendor.
  await writeFile(file, `${lines.join('\n')}\nCACHE_ENABLED = True\nANALYTICS = False\n`);
  return file;
}
