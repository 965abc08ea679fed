import type { PackageTemplateStep } from '../../packaging/package-template.ts';

/** A run of ytt with kapp-controller's arguments. */
export interface YttRun {
  /** The App's folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Files of the step itself, outside that folder. */
  readonly inline: readonly (readonly [path: string, content: Buffer])[];
  /** Relative to the App's folder; `-` is `stream`. */
  readonly paths: readonly string[];
  readonly step: PackageTemplateStep;
  /** Documents from the previous step. */
  readonly stream: readonly unknown[];
}

/** Returns ytt's output, or why there is none. */
export type YttRunner = (
  run: YttRun,
  signal: AbortSignal,
) => Promise<{ readonly text: string } | { readonly reason: string }>;
