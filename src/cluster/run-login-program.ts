import { spawn } from 'node:child_process';
import { abortError } from '../base/errors.ts';
import { killWithChildren } from '../base/programs.ts';
import type { ClusterEntry, ExecEntry } from './kubeconfig-entries.ts';

const MOST_OUTPUT = 1024 * 1024;

export type ProgramResult =
  | { readonly kind: 'output'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' };

/**
 * Runs a login program without a terminal, as client-go does (KUBERNETES_EXEC_INFO), and ends it after `timeout`
 * milliseconds. Rejects only if aborted.
 */
export function runLoginProgram(
  exec: ExecEntry,
  cluster: ClusterEntry,
  timeout: number,
  signal: AbortSignal,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const child = spawn(exec.command, [...exec.args], {
      env: { ...process.env, ...exec.env, KUBERNETES_EXEC_INFO: execInfo(exec, cluster) },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      // A separate process group without our terminal, so that child processes end with the program.
      detached: process.platform !== 'win32',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (stdout.length <= MOST_OUTPUT) stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-MOST_OUTPUT);
    });

    const onAbort = (): void => end(() => reject(abortError()));
    const timer = setTimeout(() => end(() => resolve({ kind: 'timeout' })), timeout);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    // Another process may still hold the pipes open: they are closed here, so that nothing waits for them.
    const end = (answer: () => void): void => {
      settle();
      killWithChildren(child);
      child.stdout.destroy();
      child.stderr.destroy();
      answer();
    };
    child.once('error', (error) => {
      settle();
      const code = 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') resolve({ kind: 'missing' });
      else resolve({ kind: 'failed', reason: code === 'EACCES' ? 'it is not executable' : error.message, stderr });
    });
    child.once('close', (code, by) => {
      settle();
      if (code === 0 && stdout.length <= MOST_OUTPUT) resolve({ kind: 'output', stdout });
      else resolve({ kind: 'failed', reason: code === null ? `ended by ${by}` : `exit code ${code}`, stderr });
    });
  });
}

function execInfo(exec: ExecEntry, cluster: ClusterEntry): string {
  const info = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
    'certificate-authority-data': cluster.caData,
    'proxy-url': cluster.proxyUrl,
    config: cluster.execConfig,
  };
  return JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec.provideClusterInfo && { cluster: info }) },
  });
}
