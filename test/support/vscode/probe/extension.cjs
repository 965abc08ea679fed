// @ts-check
// See package.json. Plain JavaScript, so that it can be packaged without a build.
const vscode = require('vscode');

/** @param {import('vscode').ExtensionContext} context */
exports.activate = (context) => {
  const things = {
    /** @param {string} [parent] */
    getChildren: (parent) => (parent === undefined ? ['registry.example'] : ['team/bundle', 'team/other']),
    /** @param {string} name */
    getTreeItem: (name) => {
      const registry = name === 'registry.example';
      const { Collapsed, None } = vscode.TreeItemCollapsibleState;
      return Object.assign(new vscode.TreeItem(name, registry ? Collapsed : None), {
        id: name,
        contextValue: registry ? 'registry' : 'bundle',
      });
    },
  };
  const lenses = {
    provideCodeLenses: () => [
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: 'Apply', command: 'probe.apply' }),
    ],
  };
  context.subscriptions.push(
    vscode.window.registerTreeDataProvider('probe.things', things),
    vscode.window.registerTreeDataProvider('probe.more', { getChildren: () => [], getTreeItem: things.getTreeItem }),
    vscode.languages.registerCodeLensProvider({ language: 'yaml' }, lenses),
    vscode.commands.registerCommand('probe.relocate', relocate),
    vscode.commands.registerCommand('probe.apply', apply),
    vscode.commands.registerCommand('probe.deep', () => vscode.window.showInformationMessage('Deep down')),
    vscode.commands.registerCommand('probe.refresh', refresh),
    vscode.commands.registerCommand('probe.compare', compare),
    vscode.commands.registerCommand('probe.callTool', callTool),
  );
};

function refresh() {
  const { HOME, PROBE } = process.env;
  const probe = vscode.workspace.getConfiguration('probe');
  const settings = `user ${probe.get('user')}, machine ${probe.get('machine')}`;
  vscode.window.setStatusBarMessage(`HOME is ${HOME}, PROBE is ${PROBE}, ${settings}`);
}

/** Calls a language model tool as an agent does, and copies its answer. */
async function callTool() {
  const call = await vscode.window.showInputBox({ title: 'Call Tool' });
  if (call === undefined) return;
  const { name, input } = JSON.parse(call);
  const { token } = new vscode.CancellationTokenSource();
  try {
    const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined }, token);
    const [part] = content;
    const answer = part instanceof vscode.LanguageModelTextPart ? part.value : '';
    await vscode.env.clipboard.writeText(answer);
    void vscode.window.showInformationMessage(`Answer of ${name}: ${JSON.parse(answer).summary}`);
  } catch (error) {
    void vscode.window.showErrorMessage(`No answer of ${name}: ${String(error)}`);
  }
}

/** Behaves like an extension that shows a diff before asking a question: the diff closes by itself a little later. */
async function compare() {
  const uri = vscode.window.activeTextEditor?.document.uri;
  await vscode.commands.executeCommand('vscode.diff', uri, uri, 'Comparison', { preview: false });
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  setTimeout(() => void (tab && vscode.window.tabGroups.close(tab)), 3000);
}

async function relocate() {
  const destination = await vscode.window.showInputBox({
    title: 'Relocate (1/2)',
    prompt: 'The destination',
    validateInput: (value) => (value.includes('/') ? undefined : 'A repository is needed'),
  });
  const how = await vscode.window.showQuickPick(
    [{ label: 'Copy' }, { label: 'Copy and sign', detail: 'with cosign' }],
    {
      title: 'Relocate (2/2)',
    },
  );
  const options = { location: vscode.ProgressLocation.Notification, title: 'Copying', cancellable: true };
  await vscode.window.withProgress(options, async (progress, token) => {
    progress.report({ message: 'blob 1 of 2' });
    await new Promise((resolve) => token.onCancellationRequested(resolve));
  });
  const answer = await vscode.window.showInformationMessage(
    `${how?.label} to ${destination}`,
    'Create',
    'Copy Reference',
  );
  if (answer === 'Copy Reference') await vscode.env.clipboard.writeText(String(destination));
  if (answer !== 'Create') return;
  const content = Array.from({ length: 5 }, (_, line) => `key${line}: a  value`).join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content }));
}

async function apply() {
  const detail = 'One thing changes.';
  const answer = await vscode.window.showWarningMessage('Apply to the cluster?', { modal: true, detail }, 'Apply');
  await vscode.window.showErrorMessage(`Answer: ${answer}`);
}
