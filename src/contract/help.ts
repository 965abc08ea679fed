export const HelpCommand = {
  /** Collects what a report of a fault needs, to be looked through. */
  reportIssue: 'carvelAirgap.reportIssue',
} as const;

export interface HelpCommandArguments {
  [HelpCommand.reportIssue]: [];
}
