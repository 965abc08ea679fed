import type { MapAction, MapPage } from './map-messages.ts';
import type { TransferHistory } from './transfer-history.ts';

/** What does not change while the page of a transfer is open. */
export interface TransferPage {
  readonly title: string;
  /** From where to where. */
  readonly summary: string;
  readonly texts: TransferTexts;
}

/** A blob that is in transit or waits for its turn. All text may be of a registry. */
export interface ShownBlob {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  /** Bytes that are at the destination or on their way there. */
  readonly done: number;
}

/** What the page shows now. */
export interface TransferState {
  /** State, progress and remaining time, in one line. */
  readonly status: string;
  /** What a screen reader says when it changes: rarely. */
  readonly announced: string;
  readonly isRunning: boolean;
  /** Milliseconds that the relocation has run, without the time between attempts. */
  readonly elapsed: number;
  readonly history: TransferHistory;
  /** Where attempts followed each other. */
  readonly breaks: readonly TransferBreak[];
  readonly active: readonly ShownBlob[];
  readonly waiting: readonly ShownBlob[];
  /** How many blobs wait, and their size; empty if none does. */
  readonly waitingText: string;
  /** The bandwidth limit of all relocations in MiB/s; absent if there is none. */
  readonly limit?: number;
  readonly actions: readonly MapAction[];
}

/** An attempt ended and another one began. */
export interface TransferBreak {
  /** Milliseconds, as in the history. */
  readonly at: number;
  readonly text: string;
}

/** The texts of the page; `{0}` and so on stand for what is inserted. */
export interface TransferTexts {
  readonly throughput: string;
  readonly read: string;
  readonly sent: string;
  /** A rate per second. */
  readonly rate: string;
  /** A rate, a total and the average rate. */
  readonly running: string;
  readonly ended: string;
  /** What the chart shows, for a screen reader. */
  readonly chart: string;
  readonly table: string;
  readonly time: string;
  readonly limit: string;
  readonly limitHint: string;
  readonly limitValue: string;
  readonly noLimit: string;
  readonly inTransit: string;
  readonly nothingInTransit: string;
  readonly waiting: string;
  readonly blob: string;
  readonly image: string;
  readonly size: string;
  readonly progress: string;
  readonly events: string;
  readonly noEvents: string;
  readonly retry: string;
  readonly wait: string;
  readonly interruption: string;
  /** How often something happened in a short time. */
  readonly times: string;
}

/** What a saved page shows below its text. */
export interface SavedContent {
  readonly map: MapPage;
  readonly throughput?: { readonly page: TransferPage; readonly state: TransferState };
}

/** What the page sends, besides `ready`. */
export type TransferRequest =
  | { readonly kind: 'ready' }
  | { readonly kind: 'command'; readonly action: string }
  /** Sets the bandwidth limit, in MiB/s; 0 for none. */
  | { readonly kind: 'limit'; readonly mib: number };

/** What the page receives. */
export type TransferReply =
  | { readonly kind: 'showTransfer'; readonly page: TransferPage; readonly state: TransferState }
  | { readonly kind: 'transfer'; readonly state: TransferState };

/** The limits that the slider offers, in MiB/s; after the last one, there is none. */
export const LIMITS: readonly number[] = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Parses what a page sends; undefined if it is something else. */
export function parseTransferRequest(value: unknown): TransferRequest | undefined {
  const { kind, action, mib } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'ready') return { kind };
  if (kind === 'command' && typeof action === 'string') return { kind, action };
  if (kind === 'limit' && typeof mib === 'number' && (mib === 0 || (mib >= 0.001 && mib <= 1_000_000))) {
    return { kind, mib };
  }
  return undefined;
}
