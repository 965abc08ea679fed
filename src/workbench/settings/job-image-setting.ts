import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';

const KEY: SettingKey = 'jobImage';

/** The image of the command line for the pods of a Job; undefined if there is none. */
export function jobImage(): string | undefined {
  const value = machineValue(settingsSection, KEY);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
