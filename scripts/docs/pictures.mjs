// @ts-check
// `npm run pictures`, after `npm test -- journeys`: copies screenshots of the journeys to the pictures of README.md.
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** @type {Record<string, string>} picture to the step of a journey, relative to test-output/journeys */
const pictures = {
  plan: 'main-job/03-plan',
  registries: 'contents/01-bundle',
  relocations: 'relocations/02-running',
  cluster: 'main-job/08-packages',
  map: 'map/01-dark',
  throughput: 'throughput/05-limited',
  audit: 'audit/05-hole',
};

await mkdir(`${root}media/pictures`, { recursive: true });
for (const [name, step] of Object.entries(pictures)) {
  await copyFile(`${root}test-output/journeys/${step}.png`, `${root}media/pictures/${name}.png`);
}
