/** `WIRE_TIMEOUT`: no answer in time; `WIRE_STALLED`: it stopped in the middle; `WIRE_CLOSED`: too early; `WIRE_INVALID`: no HTTP. */
export type WireErrorCode = 'WIRE_TIMEOUT' | 'WIRE_STALLED' | 'WIRE_CLOSED' | 'WIRE_INVALID';

/** What goes wrong on a connection beside what the system says. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function invalid(reason: string): WireError {
  return new WireError('WIRE_INVALID', reason);
}
