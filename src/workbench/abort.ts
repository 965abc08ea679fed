import type * as vscode from 'vscode';

/** Runs an operation with a signal that is aborted when VS Code's token is cancelled. */
export async function withSignal<Result>(
  token: vscode.CancellationToken,
  operation: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const subscription = token.onCancellationRequested(() => abort.abort());
  if (token.isCancellationRequested) abort.abort();
  try {
    return await operation(abort.signal);
  } finally {
    subscription.dispose();
  }
}
