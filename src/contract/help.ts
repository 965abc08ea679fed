export const HelpCommand = {
  /** Collects data for an issue report, which the user reviews. */
  reportIssue: 'carvelAirgap.reportIssue',
  openWalkthrough: 'carvelAirgap.openWalkthrough',
  openSettings: 'carvelAirgap.openSettings',
} as const;

export interface HelpCommandArguments {
  [HelpCommand.reportIssue]: [];
  [HelpCommand.openWalkthrough]: [];
  [HelpCommand.openSettings]: [];
}
