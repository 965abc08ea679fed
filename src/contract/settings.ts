/** The section of all settings. */
export const settingsSection = 'carvelAirgap';

/** `source`: bundles are relocated from it. `inside`: it is in the air gap, and clusters pull from it. */
export type RegistryRole = 'source' | 'inside';

/** A registry as written in settings.json. Contains no secret. */
export interface RegistrySetting {
  /** host[:port] as in references */
  readonly host: string;
  /** A label for people; references use the host. */
  readonly name?: string;
  readonly role?: RegistryRole;
  /** host[:port] that the cluster uses, if it differs (a tunnel, a NodePort, split DNS). */
  readonly clusterHost?: string;
  /** Use plain HTTP; for loopback addresses it is tried anyway. */
  readonly http?: boolean;
  /** PEM files with certificate authorities for this registry. `~/` is the home folder. */
  readonly caFiles?: readonly string[];
  /** PEM certificates that the user trusts by their fingerprints. */
  readonly trustedCertificates?: readonly string[];
  /** The client certificate, presented only to this registry, as PEM files with an unencrypted key. */
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
  /** Token servers on other hosts, as host[:port], that may receive the password. */
  readonly trustedTokenServers?: readonly string[];
  /** false: accept any certificate. */
  readonly verifyCertificates?: false;
  /** Repositories to show although the registry does not list them. */
  readonly repositories?: readonly string[];
}

/** The settings in the section, as merged by VS Code, not validated. */
export interface Settings {
  registries: readonly RegistrySetting[];
  /** Roles by host[:port] that a workspace can share; they take precedence over those in `registries`. */
  registryRoles: Readonly<Record<string, RegistryRole | 'none'>>;
  /** PEM files with certificate authorities for all registries and clusters. */
  caFiles: readonly string[];
  /** Files to use instead of KUBECONFIG and ~/.kube/config. */
  kubeconfig: readonly string[];
  /** Maximum number of concurrent layer transfers; 0: automatic. */
  concurrency: number;
  /** MiB per second for all relocations together; 0: no limit. */
  bandwidthLimit: number;
  /** Maximum number of relocations that run at once. */
  parallelRelocations: number;
  /** PEM or SSH public keys, or files of allowed signers, one of which must have signed what is imported. */
  requireSignature: readonly string[];
  /** Whether signatures and other referrers are copied if a relocation's options do not say so. */
  copySignatures: 'ask' | 'always' | 'never';
  /** The path of a policy.json that every relocation must meet; empty: none. `~/` is the home folder. */
  policy: string;
  /** `warn`: the policy is only reported. */
  policyMode: 'enforce' | 'warn';
  /** The image of the command line for relocations in a cluster; empty: the user is asked. */
  jobImage: string;
  /** Whether language models have a tool that copies, after a person has confirmed the plan. */
  agentsMayCopy: boolean;
}

export type SettingKey = keyof Settings;

export const settingKeys: readonly SettingKey[] = [
  'registries',
  'registryRoles',
  'caFiles',
  'kubeconfig',
  'concurrency',
  'bandwidthLimit',
  'parallelRelocations',
  'requireSignature',
  'copySignatures',
  'policy',
  'policyMode',
  'jobImage',
  'agentsMayCopy',
];
