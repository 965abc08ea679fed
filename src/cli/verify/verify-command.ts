import { verifyArchive } from '../../carvel/archive/verify.ts';
import { formatBytes } from '../../base/format.ts';
import type { VerifyProgress } from '../../carvel/archive/verification.ts';
import type { Command, CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { percent } from '../output/progress-line.ts';
import { refuseArguments } from '../refuse-arguments.ts';
import { verificationDocument, verificationText } from './verification-text.ts';

const USAGE = 'carvel-airgap verify TAR [flags]';
/** Milliseconds between two looks of the moving line. */
const INTERVAL = 100;

/** `carvel-airgap verify`: is a tar complete and undamaged? */
export const verifyCommand: Command = {
  name: 'verify',
  help: {
    summary: 'Reads every layer of a tar and reports what is missing, zero-filled, truncated, damaged or superfluous.',
    usage: [USAGE],
    groups: [GLOBAL_FLAGS],
    notes: ['Exit code: 0 if the tar is valid, 1 otherwise. A truncated tar is verified up to its end.'],
  },
  jsonMode: () => 'document',
  cancelled: 'Cancelled. The tar was not read completely.',
  run: verify,
};

async function verify({ values, rest, console, signal }: CommandContext): Promise<0 | 1> {
  const [path] = rest;
  if (path === undefined) throw cliError('missing-argument', { command: 'verify', what: 'a tar', usage: USAGE });
  refuseArguments('verify', rest, 1);
  let shownAt = 0;
  const onProgress = (progress: VerifyProgress) => {
    const now = performance.now();
    if (now - shownAt < INTERVAL && progress.bytesDone < progress.bytesTotal) return;
    shownAt = now;
    console.progress(progressText(progress));
  };
  const verification = await verifyArchive(path, { signal, onProgress });
  if (console.mode === 'document') console.document(verificationDocument(verification));
  else console.result(verificationText(verification, values.list('column')));
  return verification.isSound ? 0 : 1;
}

function progressText({ bytesDone, bytesTotal, entriesDone, entriesTotal }: VerifyProgress): string {
  const bytes = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  return `${percent(bytesDone, bytesTotal)} % · ${bytes} · entries ${entriesDone}/${entriesTotal}`;
}
