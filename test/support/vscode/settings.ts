// User settings of every VS Code in the tests: they suppress anything that the test did not request.
export const quietSettings: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // Opens settings files and similar ones as editors, not in a dialog above the window.
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'telemetry.feedback.enabled': false,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'npm.autoDetect': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'json.schemaDownload.enable': false,
  // Otherwise the browser's preference decides.
  'workbench.colorTheme': 'Default Dark Modern',
  'window.autoDetectColorScheme': false,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  // Covers the line that a journey points at.
  'editor.stickyScroll.enabled': false,
  // Reports the ports of other tests.
  'remote.autoForwardPorts': false,
  'editor.cursorBlinking': 'solid',
  'workbench.reduceMotion': 'on',
};
