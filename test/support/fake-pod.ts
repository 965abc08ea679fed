// kapp-controller reads and writes fixed paths of its pod, which no flag changes. A mount namespace with overlays for
// /etc, /home and /var/run provides these paths without touching the machine's own; this requires root.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from './lifetime.ts';
import { runProgram } from './run-program.ts';

export interface FakePod {
  /** /var/run/secrets/kubernetes.io/serviceaccount */
  readonly serviceAccount?: { readonly token: string; readonly caFile: string; readonly namespace: string };
  /** The trusted certificates at the path where the image has them; `caCerts` are added to them. */
  readonly certificates?: boolean;
}

const script = String.raw`set -eu
files=$1; shift
mount -t tmpfs tmpfs "$files/layers"
cp -L /etc/hosts /etc/resolv.conf "$files/layers" 2>/dev/null || true
for place in /etc /home /var/run; do
  place=$(readlink -f "$place")
  mkdir -p "$files/layers/upper$place" "$files/layers/work$place"
  mount -t overlay overlay -o "lowerdir=$place,upperdir=$files/layers/upper$place,workdir=$files/layers/work$place" "$place"
done
# In a container these are mounts of their own, which do not shine through.
for name in hosts resolv.conf; do
  [ -e "$files/layers/$name" ] || continue
  cmp -s "$files/layers/$name" "/etc/$name" && continue
  rm -f "/etc/$name"
  cp "$files/layers/$name" "/etc/$name"
done
mkdir -p /home/kapp-controller
if [ -e "$files/serviceaccount" ]; then
  mkdir -p /var/run/secrets/kubernetes.io
  cp -r "$files/serviceaccount" /var/run/secrets/kubernetes.io/serviceaccount
fi
if [ -e "$files/certificates" ]; then
  mkdir -p /etc/pki/tls/certs
  touch /etc/pki/tls/certs/ca-bundle.crt.orig
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    cp /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt.orig
  fi
  cp /etc/pki/tls/certs/ca-bundle.crt.orig /etc/pki/tls/certs/ca-bundle.crt
fi
exec "$@"
`;

/** Whether this machine and this user can create such a mount namespace. */
export async function canFakePod(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/unshare')) return false;
  const folder = await makeTemporaryFolder('pod');
  try {
    const { command, args } = await inFakePod(join(folder.path, 'try'), {}, '/bin/true', []);
    return (await runProgram(command, args)).code === 0;
  } finally {
    await folder.remove();
  }
}

/**
 * The command line that runs a program in a fake pod; it replaces itself with the program, so the pid stays the same.
 */
export async function inFakePod(
  folder: string,
  pod: FakePod,
  program: string,
  args: readonly string[],
): Promise<{ command: string; args: string[] }> {
  await mkdir(join(folder, 'layers'), { recursive: true });
  const file = join(folder, 'pod.sh');
  await writeFile(file, script);
  if (pod.certificates) await writeFile(join(folder, 'certificates'), '');
  if (pod.serviceAccount) {
    const { token, caFile, namespace } = pod.serviceAccount;
    const secrets = join(folder, 'serviceaccount');
    await mkdir(secrets, { mode: 0o700 });
    await writeFile(join(secrets, 'token'), token);
    await writeFile(join(secrets, 'namespace'), namespace);
    await copyFile(caFile, join(secrets, 'ca.crt'));
  }
  return { command: 'unshare', args: ['--mount', 'sh', file, folder, program, ...args] };
}
