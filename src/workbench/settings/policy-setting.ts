import { expandHome } from '../../base/home-folder.ts';
import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationOptions } from '../../relocation/request/request.ts';
import { machineValue } from './machine-value.ts';

const POLICY: SettingKey = 'policy';
const MODE: SettingKey = 'policyMode';

/** The policy that applies to every relocation on this machine; empty if there is none. */
export function policyOptions(): Pick<RelocationOptions, 'policy' | 'policyMode'> {
  const path = machineValue(settingsSection, POLICY);
  if (typeof path !== 'string' || path.trim() === '') return {};
  const mode = machineValue(settingsSection, MODE) === 'warn' ? 'warn' : 'enforce';
  return { policy: expandHome(path.trim(), process.env), policyMode: mode };
}

/** An engine that applies the machine's policy to every plan, whatever asked for it: no workspace or task can weaken it. */
export function withPolicy(engine: RelocationEngine): RelocationEngine {
  return {
    limitBandwidth: (bytesPerSecond) => engine.limitBandwidth(bytesPerSecond),
    listPackages: (source, options) => engine.listPackages(source, options),
    verify: (path, options) => engine.verify(path, options),
    discard: (destination, options) => engine.discard(destination, options),
    plan: (request, options) =>
      engine.plan({ ...request, options: { ...request.options, ...policyOptions() } }, options),
  };
}
