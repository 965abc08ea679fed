// Sets a display language other than English without a translation of VS Code itself: extensions use their own
// translations.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes the entry of an installed language pack, with an empty translation, into the user data folder. */
export async function offerDisplayLanguage(language: string, userDataDir: string): Promise<void> {
  const vscode = join(userDataDir, 'display-language.i18n.json');
  // Without an extension that provides the pack, VS Code finds no extensions at all.
  const extensions = [{ extensionIdentifier: { id: 'carvel-airgap-tests.language-pack' }, version: '0.0.1' }];
  const packs = { [language]: { hash: 'empty', extensions, translations: { vscode }, label: language } };
  await mkdir(userDataDir, { recursive: true });
  await writeFile(vscode, JSON.stringify({ contents: {} }));
  await writeFile(join(userDataDir, 'languagepacks.json'), JSON.stringify(packs));
}
