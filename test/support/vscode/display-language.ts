// A display language besides English, without a translation of VS Code itself: what an extension brings along is shown in it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Leaves in the user data folder what VS Code notes there of an installed language pack, with an empty translation. */
export async function offerDisplayLanguage(language: string, userDataDir: string): Promise<void> {
  const vscode = join(userDataDir, 'display-language.i18n.json');
  // Without an extension that the pack comes from, VS Code does not find any extension at all.
  const extensions = [{ extensionIdentifier: { id: 'carvel-airgap-tests.language-pack' }, version: '0.0.1' }];
  const packs = { [language]: { hash: 'empty', extensions, translations: { vscode }, label: language } };
  await mkdir(userDataDir, { recursive: true });
  await writeFile(vscode, JSON.stringify({ contents: {} }));
  await writeFile(join(userDataDir, 'languagepacks.json'), JSON.stringify(packs));
}
