import * as vscode from 'vscode';

/** A number of images, for use within another text. */
export function imageCount(count: number): string {
  return count === 1 ? vscode.l10n.t('1 image') : vscode.l10n.t('{0} images', count);
}

/** A part of a number of images, for use within another text. */
export function imagesOf(count: number, total: number): string {
  return total === 1 ? vscode.l10n.t('{0} of 1 image', count) : vscode.l10n.t('{0} of {1} images', count, total);
}
