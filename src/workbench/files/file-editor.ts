import { basename, dirname, join } from 'node:path';

import * as vscode from 'vscode';

import { Coalescer } from '../../base/coalescer.ts';
import { isAbort } from '../../base/errors.ts';
import type { DescribedFile } from '../../relocation/describe-file.ts';
import { html } from '../view/html.ts';
import { pageOptions, pageText } from '../view/rendered-pages.ts';
import { FILE_COMMANDS, fileErrorPage, filePage } from './file-page.ts';

/** Milliseconds for which changes of a file are collected; a tarball changes continuously while it is being written. */
const CHANGE_DELAY = 2000;

/** Reads what a file says about itself, but no layer of a tarball. */
export type DescribeFile = (path: string, signal: AbortSignal) => Promise<DescribedFile>;

/** Shows tarballs, volumes, inventories, receipts and export manifests in read-only editors. */
export class FileEditor {
  readonly #describe: DescribeFile;

  constructor(describe: DescribeFile) {
    this.#describe = describe;
  }

  /** Renders a file, and again when it changes. */
  async resolve({ fsPath }: vscode.Uri, panel: vscode.WebviewPanel): Promise<void> {
    const abort = new AbortController();
    panel.webview.options = pageOptions(FILE_COMMANDS);
    const render = async (): Promise<void> => {
      const name = basename(fsPath);
      try {
        const body = filePage(await this.#describe(fsPath, abort.signal));
        if (!abort.signal.aborted) panel.webview.html = pageText(name, body);
      } catch (error) {
        if (isAbort(error) || abort.signal.aborted) return;
        panel.webview.html = pageText(name, fileErrorPage(fsPath, error));
      }
    };
    const changes = new Coalescer<undefined>(() => void render(), CHANGE_DELAY);
    const watcher = vscode.workspace.createFileSystemWatcher(
      // The other volumes of a set, its index and the export manifest have names that begin in the same way.
      new vscode.RelativePattern(vscode.Uri.file(dirname(fsPath)), `${globOf(basename(fsPath))}*`),
    );
    const changed = (): void => changes.add(undefined);
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    watcher.onDidDelete(changed);
    panel.onDidDispose(() => {
      abort.abort();
      watcher.dispose();
      changes.dispose();
    });
    panel.webview.html = pageText(basename(fsPath), html`<p class="quiet">${vscode.l10n.t('Reading…')}</p>`);
    await render();
  }
}

/** The part of a file's name that its set shares, as a glob. */
function globOf(name: string): string {
  const shared = name.replace(/(?:\.\d{3,4}|\.sha256|\.export\.json)$/, '');
  return shared.replaceAll(/[*?[\]{}]/g, '?');
}

/** Where a folder is an OCI image layout, its marker file stands for it. */
export function layoutOf(path: string): string {
  return basename(path) === 'oci-layout' ? dirname(join(path)) : path;
}
