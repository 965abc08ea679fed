// Runs the tests of the cluster. `node test/cluster/run.ts [file …]`
// The kapp-controller of the bench sometimes loses a program that it started ("waitid: no child processes", where its sidecar
// collects the same child twice), and may not come back from it: hence the second attempt.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runWithSecondAttempt } from '../support/second-attempt.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/cluster/**/*.test.ts', { cwd: root }).sort();
await runWithSecondAttempt('cluster', files);
