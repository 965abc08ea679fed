import * as vscode from 'vscode';

import { settingsSection } from '../../../contract/settings.ts';
import type { SettingKey } from '../../../contract/settings.ts';
import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import { withProgress } from '../../progress.ts';
import { verdictText } from '../../relocations/report/verdict-text.ts';
import { policyOptions } from '../../settings/policy-setting.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { ImagePicker } from '../image-picker.ts';
import type { SignatureVerifier, TagRemover } from '../registry-reader.ts';
import { toReference } from '../to-reference.ts';
import type { Verdicts } from '../verdicts.ts';

export interface VerifySignatureParts {
  readonly images: ImagePicker;
  readonly reader: Pick<TagRemover, 'digestOf'> & SignatureVerifier;
  readonly verdicts: Verdicts;
}

const POLICY: SettingKey = 'policy';

/** Verifies the signatures of an image by the machine's policy, and marks it in the view with its signer. */
export async function verifySignature(
  { images, reader, verdicts }: VerifySignatureParts,
  target?: ImageTarget,
): Promise<void> {
  const { policy } = policyOptions();
  if (policy === undefined) return askForPolicy();
  const image = isImageTarget(target) ? target : await images.image(vscode.l10n.t('Verify Signature'));
  if (image === undefined) return;
  const { registry, path, tag = 'latest' } = image;
  const name = formatReference(toReference(image));
  const title = vscode.l10n.t('Verifying the signatures of {0}', withoutLinks(name));
  const { digest, verdict } = await withProgress(title, async (signal) => {
    const found = image.digest ?? (await reader.digestOf(registry, path, tag, signal));
    return { digest: found, verdict: await reader.verify({ ...image, digest: found }, policy, signal) };
  });
  verdicts.put(name, digest, verdict);
  const text = withoutLinks(`${name}: ${verdictText(verdict)}`);
  if (verdict.admitted) return void vscode.window.showInformationMessage(text);
  const open = vscode.l10n.t('Open Policy');
  const answer = await vscode.window.showWarningMessage(text, open);
  if (answer === open) await vscode.window.showTextDocument(vscode.Uri.file(policy));
}

/** Without a policy, nobody's signature means anything. */
async function askForPolicy(): Promise<void> {
  const open = vscode.l10n.t('Open Settings');
  const question = vscode.l10n.t('No policy says whose signatures to trust.');
  if ((await vscode.window.showInformationMessage(question, open)) !== open) return;
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${settingsSection}.${POLICY}`);
}
