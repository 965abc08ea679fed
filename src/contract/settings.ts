/** The section all settings are in. */
export const settingsSection = 'carvelAirgap';

/** One registry as a person writes it in settings.json. Holds no secret. */
export interface RegistrySetting {
  /** host[:port] as in references */
  readonly host: string;
  /** host[:port] that the cluster knows it by, where that is another name (a tunnel, a NodePort, split DNS). */
  readonly clusterHost?: string;
  /** Speak plain http. On the loopback interface that is tried anyway. */
  readonly http?: boolean;
  /** PEM files of authorities that vouch for this registry. `~/` is the home folder. */
  readonly caFiles?: readonly string[];
  /** PEM certificates that the user accepted as they are, by their fingerprints. */
  readonly trustedCertificates?: readonly string[];
  /** What this registry is shown, and nobody else. PEM files, the key unencrypted. */
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
  /** Token servers, host[:port], that its password may be sent to although they are other hosts. */
  readonly trustedTokenServers?: readonly string[];
  /** false: whatever certificate it shows is accepted. */
  readonly verifyCertificates?: false;
  /** Repositories to show although the registry does not list them. */
  readonly repositories?: readonly string[];
}

/** The settings below the section, as they are after VS Code has merged them; not checked. */
export interface Settings {
  registries: readonly RegistrySetting[];
  /** PEM files of authorities that vouch for any registry or cluster. */
  caFiles: readonly string[];
  /** Files to use instead of KUBECONFIG and ~/.kube/config. */
  kubeconfig: readonly string[];
  /** Layers copied at once; 0: as many as the engine thinks right. */
  concurrency: number;
  /** MiB a second for all relocations together; 0: no limit. */
  bandwidthLimit: number;
  /** Relocations that run at once; others wait. */
  parallelRelocations: number;
}

export type SettingKey = keyof Settings;

export const settingKeys: readonly SettingKey[] = [
  'registries',
  'caFiles',
  'kubeconfig',
  'concurrency',
  'bandwidthLimit',
  'parallelRelocations',
];
