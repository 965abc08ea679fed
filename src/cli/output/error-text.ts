import { AirgapError, causes } from '../../base/errors.ts';
import { layOutError } from './error-layout.ts';

/** An error as the terminal shows it: the message in imgpkg's layout, then why, what to do, and where more is written. */
export function errorText(error: unknown): string {
  const [message = String(error), ...reasons] = causes(error);
  const lines = [`carvel-airgap: Error: ${layOutError(message)}`, ...reasons.map((reason) => `  Cause: ${reason}`)];
  if (error instanceof AirgapError) {
    if (error.remedy !== undefined) lines.push(`  What to do: ${error.remedy}`);
    lines.push(`  Code: ${error.code} (docs/troubleshooting.md)`);
  }
  return lines.join('\n');
}

/** An error for a program: the object that `--json` prints in place of a plan, a description or a verification. */
export function errorDocument(error: unknown): object {
  const [message = String(error), ...reasons] = causes(error);
  return {
    kind: 'Error',
    ...(error instanceof AirgapError ? { code: error.code } : {}),
    message,
    causes: reasons,
    ...(error instanceof AirgapError && error.remedy !== undefined ? { remedy: error.remedy } : {}),
  };
}
