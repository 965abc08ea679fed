import { expandHome } from '../../base/home-folder.ts';
import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';

const KEY: SettingKey = 'requireSignature';

/**
 * The files with keys in the setting `carvelAirgap.requireSignature`; `~/` is the home folder. A value of another shape is
 * not ignored, because that would require less: it becomes the name of a file, which cannot be read.
 */
export function requiredKeys(): readonly string[] {
  const value = machineValue(settingsSection, KEY) ?? [];
  const files: readonly unknown[] = Array.isArray(value) ? value : [value];
  return files.map((file) => expandHome(typeof file === 'string' ? file : JSON.stringify(file), process.env));
}
