import * as vscode from 'vscode';

import { agentText } from '../../agents/bounded.ts';
import { confirmedPlan, copyTool } from '../../agents/copy-tools.ts';
import { agentError } from '../../agents/errors.ts';
import { answerOf, failureOf } from '../../agents/tool.ts';
import type { AgentBackend, AgentCall } from '../../agents/tool.ts';
import { READING_TOOLS } from '../../agents/tools.ts';
import { isAbort } from '../../base/errors.ts';
import { record } from '../../base/json.ts';
import { agentToolPrefix } from '../../contract/agents.ts';
import type { AgentToolId } from '../../contract/agents.ts';
import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { planText } from '../relocations/plan/plan-text.ts';
import { machineValue } from '../settings/machine-value.ts';

const MAY_COPY: SettingKey = 'agentsMayCopy';
/** Characters of an input that a question shows. */
const MAX_QUESTION = 2000;

/** The tools for language models, which VS Code offers to agents after asking a person. */
export class AgentTools {
  readonly #backend: AgentBackend;

  constructor(backend: AgentBackend) {
    this.#backend = backend;
  }

  /**
   * The question before a call. The one before a copy shows its plan.
   * @throws agent.disabled, agent.copy-not-allowed, agent.plan-changed
   */
  async prepare(
    id: AgentToolId,
    input: unknown,
    token: vscode.CancellationToken,
  ): Promise<vscode.PreparedToolInvocation> {
    refuseUnlessAllowed(id);
    if (isCopy(id)) {
      return confirmation(
        titleOf(id),
        vscode.l10n.t('An agent wants to copy exactly this plan:'),
        await this.#planned(input, token),
        vscode.l10n.t('Copying'),
      );
    }
    const given = Object.entries(record(input)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    const lines = given.map((line) => agentText(line, this.#backend.hide)).join('\n');
    return confirmation(
      titleOf(id),
      vscode.l10n.t('It changes nothing. Registries and clusters that are named are asked with your credentials.'),
      lines.slice(0, MAX_QUESTION),
      vscode.l10n.t('Asking Carvel Airgap'),
    );
  }

  /** The answer, also for an error, as the JSON that docs/agents.md describes. */
  async invoke(
    id: AgentToolId,
    input: unknown,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const { hide } = this.#backend;
    const call = callOf(token);
    try {
      const tool = isCopy(id) ? copyTool : READING_TOOLS.find(({ name }) => agentToolPrefix + name === id);
      if (tool === undefined) throw new Error(`There is no tool ${id}`);
      refuseUnlessAllowed(id);
      return result(answerOf(await tool.run(record(input), this.#backend, call), hide));
    } catch (error) {
      if (isAbort(error) || call.signal.aborted) throw new vscode.CancellationError();
      return result(failureOf(error, hide));
    }
  }

  async #planned(input: unknown, token: vscode.CancellationToken): Promise<string> {
    const { planned, digest, request } = await confirmedPlan(record(input), this.#backend, callOf(token));
    await planned.close();
    const text = planText(planned.view, request.options);
    const lines = text.split('\n').map((line) => agentText(line, this.#backend.hide));
    return [...lines, '', digest].join('\n');
  }
}

function isCopy(id: AgentToolId): boolean {
  return id === agentToolPrefix + copyTool.name;
}

/**
 * The manifest hides the tools from models under the same conditions, but other extensions can still call them.
 * @throws agent.disabled, agent.copy-not-allowed
 */
function refuseUnlessAllowed(id: AgentToolId): void {
  if (vscode.workspace.getConfiguration('chat').get('disableAIFeatures') === true) throw agentError('disabled');
  if (isCopy(id) && machineValue(settingsSection, MAY_COPY) !== true) throw agentError('copy-not-allowed');
}

function titleOf(id: AgentToolId): string {
  switch (id) {
    case 'carvelAirgap_describe':
      return vscode.l10n.t('Describe a bundle or a tarball?');
    case 'carvelAirgap_plan':
      return vscode.l10n.t('Plan a relocation?');
    case 'carvelAirgap_verify':
      return vscode.l10n.t('Verify a tarball?');
    case 'carvelAirgap_audit':
      return vscode.l10n.t('Audit what a cluster pulls?');
    case 'carvelAirgap_inventory':
      return vscode.l10n.t('List the tags of a repository?');
    case 'carvelAirgap_copy':
      return vscode.l10n.t('Copy this?');
    case 'carvelAirgap_explain_state':
    default:
      return vscode.l10n.t('Read the state of PackageRepositories and PackageInstalls?');
  }
}

/** @param lines shown as they are, whatever they contain */
function confirmation(
  title: string,
  introduction: string,
  lines: string,
  invocationMessage: string,
): vscode.PreparedToolInvocation {
  const message = new vscode.MarkdownString().appendText(introduction).appendCodeblock(lines, 'text');
  return { invocationMessage, confirmationMessages: { title, message } };
}

function callOf(token: vscode.CancellationToken): AgentCall {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  else token.onCancellationRequested(() => abort.abort());
  // VS Code shows the message of the preparation; a copy is in the Relocations view.
  return { signal: abort.signal, progress: () => undefined };
}

function result(answer: object): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answer))]);
}
