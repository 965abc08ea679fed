import { makeTemporaryFolder } from './lifetime.ts';
import { type Outcome, runProgram } from './run-program.ts';
import { ensureKctrl } from './setup/carvel.mjs';

/** Runs the real kctrl with a kubeconfig; answers yes to its questions, and does not use colours. */
export async function kctrl(kubeconfig: string, args: readonly string[]): Promise<Outcome> {
  const program = await ensureKctrl();
  const home = await makeTemporaryFolder('home');
  try {
    return await runProgram(program, [...args, '--yes', '--color=false', '--tty=false'], {
      env: { HOME: home.path, KUBECONFIG: kubeconfig },
    });
  } finally {
    await home.remove();
  }
}
