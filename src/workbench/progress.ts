import * as vscode from 'vscode';

export interface ProgressState {
  readonly message: string;
  /** 0 to 100, never decreasing; if absent, the progress bar is indeterminate. */
  readonly percent?: number;
}

export type ProgressReport = (state: ProgressState) => void;

/** Shorter operations show no notification, because it would only flash. */
const SHOW_AFTER = 400;

/** Runs a cancellable operation with a progress notification if it takes noticeably long. */
export async function withProgress<Result>(
  title: string,
  operation: (signal: AbortSignal, report: ProgressReport) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  let latest: ProgressState | undefined;
  let show: ProgressReport = () => undefined;
  const running = operation(abort.signal, (state) => {
    latest = state;
    show(state);
  });
  if (await settlesWithin(running, SHOW_AFTER)) return running;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, async (progress, token) => {
    let shown = 0;
    show = ({ message, percent }) => {
      progress.report({ message, ...(percent === undefined ? {} : { increment: Math.max(0, percent - shown) }) });
      shown = Math.max(shown, percent ?? 0);
    };
    if (latest !== undefined) show(latest);
    const subscription = token.onCancellationRequested(() => abort.abort());
    await Promise.allSettled([running]);
    subscription.dispose();
  });
  return running;
}

async function settlesWithin(operation: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const settled = operation.then(
    () => true,
    () => true,
  );
  const result = await Promise.race([settled, late]);
  clearTimeout(timer);
  return result;
}
