/**
 * The current time as RFC 3339 in UTC, without fractions of a second. SOURCE_DATE_EPOCH (seconds since 1970) replaces
 * it, so that the same input yields the same bytes (https://reproducible-builds.org/specs/source-date-epoch/).
 * @throws Error if SOURCE_DATE_EPOCH is not such a number
 */
export function timeStamp(environment: NodeJS.ProcessEnv = process.env): string {
  const epoch = environment['SOURCE_DATE_EPOCH'];
  const milliseconds = epoch === undefined ? Date.now() : Number(epoch) * 1000;
  if (epoch?.trim() === '' || !(milliseconds >= 0 && milliseconds <= 253_402_300_799_000)) {
    throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}, expected seconds since 1970`);
  }
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
