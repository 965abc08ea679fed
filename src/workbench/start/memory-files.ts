import * as vscode from 'vscode';

import { installScheme } from '../../contract/installs.ts';

interface MemoryFile {
  bytes: Uint8Array;
  readonly created: number;
  changed: number;
}

/**
 * Editable documents that are never written to disk by this extension, because they can contain the values of Secrets.
 * "Save As…" writes one to a file. They are gone when the window closes.
 */
export class MemoryFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly onDidChangeFile: vscode.Event<vscode.FileChangeEvent[]>;
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #files = new Map<string, MemoryFile>();
  readonly #registration: vscode.Disposable;
  #count = 0;

  constructor() {
    this.onDidChangeFile = this.#changes.event;
    this.#registration = vscode.workspace.registerFileSystemProvider(installScheme, this, { isCaseSensitive: true });
  }

  /**
   * Opens a new document. The cursor is there before the user can type: moved later, it would take the user along.
   * @param name of the tab
   * @param cursor its place, as an offset in the text
   */
  async open(name: string, text: string, cursor: number): Promise<void> {
    this.#count++;
    const path = `/${this.#count}/${name.replaceAll(/[/\\]/g, '-')}`;
    const uri = vscode.Uri.from({ scheme: installScheme, path });
    this.writeFile(uri, new TextEncoder().encode(text));
    const document = await vscode.workspace.openTextDocument(uri);
    const position = document.positionAt(cursor);
    await vscode.window.showTextDocument(document, {
      preview: false,
      selection: new vscode.Range(position, position),
    });
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { created, changed, bytes } = this.#file(uri);
    return { type: vscode.FileType.File, ctime: created, mtime: changed, size: bytes.length };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.#file(uri).bytes;
  }

  writeFile(uri: vscode.Uri, bytes: Uint8Array): void {
    const now = Date.now();
    const known = this.#files.get(uri.path);
    this.#files.set(uri.path, { bytes, created: known?.created ?? now, changed: now });
    const type = known === undefined ? vscode.FileChangeType.Created : vscode.FileChangeType.Changed;
    this.#changes.fire([{ type, uri }]);
  }

  watch(): vscode.Disposable {
    return { dispose: () => undefined };
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    this.#files.delete(uri.path);
    this.#changes.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changes.dispose();
    this.#files.clear();
  }

  #file(uri: vscode.Uri): MemoryFile {
    const file = this.#files.get(uri.path);
    if (file === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return file;
  }
}
