// Runs the journeys: packages the extension once, then one journey after the other (each has its own VS Code).
// `node test/journeys/run.ts [file …]`
// A browser that drives VS Code on a busy machine sometimes loses a click: hence the second attempt.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runWithSecondAttempt } from '../support/second-attempt.ts';
import { packagedExtension } from '../support/vscode/vsix.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
process.env['VSIX'] = await packagedExtension();
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/journeys/**/*.test.ts', { cwd: root }).sort();
await runWithSecondAttempt('journeys', files);
