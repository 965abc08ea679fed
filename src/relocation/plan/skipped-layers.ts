/** imgpkg's sentence before the list of layers, on which scripts match. */
const SKIPPED = 'Skipped the followings layer(s) due to it being non-distributable.';
const LAYER = '     - ';

/** imgpkg's warning about layers that are not copied, by the reference of their manifest. */
export function skippedLayersWarning(images: readonly { reference: string; layers: readonly string[] }[]): string {
  const hint = 'If you would like to include non-distributable layers, use the --include-non-distributable-layers flag';
  const lines = images.flatMap(({ reference, layers }) => [
    ` - Image: ${reference}`,
    '   Layers:',
    ...layers.map((layer) => `${LAYER}${layer}`),
  ]);
  return [`${SKIPPED} ${hint}`, ...lines].join('\n');
}

/** The number of layers that a warning says are not copied; 0 if it is about something else. */
export function skippedLayersIn(warning: string): number {
  if (!warning.startsWith(SKIPPED)) return 0;
  return warning.split('\n').filter((line) => line.startsWith(LAYER)).length;
}
