// Runs the tests of the cluster. `node test/cluster/run.ts [file …]`
// kapp-controller, which it runs, sometimes fails by itself. It is started again if it ends, and restarted if a test waited
// for it in vain, but that test has failed: hence the second attempt.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runWithSecondAttempt } from '../support/second-attempt.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/cluster/**/*.test.ts', { cwd: root }).sort();
await runWithSecondAttempt('cluster', files);
