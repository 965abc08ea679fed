export const HelpCommand = {
  /** Collects data for an issue report, which the user reviews. */
  reportIssue: 'carvelAirgap.reportIssue',
} as const;

export interface HelpCommandArguments {
  [HelpCommand.reportIssue]: [];
}
