// What the bench and its module inside the extension host tell each other, as JSON.

/** What happens while it is measured. */
export type Load = 'idle' | 'ours' | Outside;
/** The controls: programs of their own, which the extension host has nothing to do with. */
export type Outside = 'command-line' | 'imgpkg';
export const LOADS: readonly Load[] = ['idle', 'ours', 'command-line', 'imgpkg'];

/** One stretch of time in which is measured. */
export interface Window {
  readonly load: Load;
  readonly seconds: number;
  /** Of `ours`: relocations of the list that wait to be resumed, more than fit into the time. */
  readonly relocations: readonly string[];
}

export interface Plan {
  readonly windows: readonly Window[];
  /** The folder of the extension's list of relocations. */
  readonly list: string;
  /** Where the load of other processes is begun and ended: `POST /begin/<which>`, `POST /end`. */
  readonly outside: string;
}

/** Milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
}

export interface Measured {
  readonly load: Load;
  /** How late the event loop comes to a timer. */
  readonly eventLoop: Delays;
  /** Until fs.stat() has answered. */
  readonly stat: Delays;
  /** Until dns.lookup() of localhost has answered. */
  readonly lookup: Delays;
  /** The share of the time in which the event loop was not waiting, of 1. */
  readonly busy: number;
  /** CPU seconds of the whole process by second. */
  readonly cpu: number;
  /** Bytes by second that were copied meanwhile. */
  readonly rate: number;
}

/** What a cold start of the extension cost, and in the same window of VS Code's own for Git. */
export interface Activation {
  readonly ours: ActivationCost;
  readonly git: ActivationCost;
  /** Milliseconds until the first command was done, which loads what does the work. */
  readonly firstUse: number;
}

/** By VS Code's own marks. Milliseconds. */
export interface ActivationCost {
  /** Reading and compiling the bundle, and running its top level. */
  readonly load: number;
  /** activate(), until what it returned was there. */
  readonly activate: number;
}
