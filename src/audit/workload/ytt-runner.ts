import type { PackageTemplateStep } from '../../packaging/package-template.ts';

/** One run of ytt, as kapp-controller would have it run. */
export interface YttRun {
  /** The App's folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Files of the step's own, beside that folder. */
  readonly inline: readonly (readonly [path: string, content: Buffer])[];
  /** Relative to the App's folder; `-` stands for `stream`. */
  readonly paths: readonly string[];
  readonly step: PackageTemplateStep;
  /** Documents of the step before. */
  readonly stream: readonly unknown[];
}

/** Gives ytt's output, or why there is none. */
export type YttRunner = (
  run: YttRun,
  signal: AbortSignal,
) => Promise<{ readonly text: string } | { readonly reason: string }>;
