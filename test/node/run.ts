// Runs the tests of a node. `node test/node/run.ts [file …]`
// They run the kapp-controller of test/cluster/run.ts, and so have a second attempt as well.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runWithSecondAttempt } from '../support/second-attempt.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/node/**/*.test.ts', { cwd: root }).sort();
await runWithSecondAttempt('node', files);
