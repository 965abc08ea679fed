/** `WIRE_TIMEOUT`: no response in time; `WIRE_STALLED`: it stopped halfway; `WIRE_CLOSED`: it ended too early; `WIRE_INVALID`: not HTTP. */
export type HttpProtocolErrorCode = 'WIRE_TIMEOUT' | 'WIRE_STALLED' | 'WIRE_CLOSED' | 'WIRE_INVALID';

/** A failure of HTTP on a connection, as opposed to an error of the system. */
export class HttpProtocolError extends Error {
  override readonly name = 'HttpProtocolError';
  readonly code: HttpProtocolErrorCode;
  /** The first bytes of something that is not HTTP. */
  readonly received: string | undefined;

  constructor(code: HttpProtocolErrorCode, message: string, received?: string) {
    super(message);
    this.code = code;
    this.received = received;
  }
}

export function invalid(reason: string): HttpProtocolError {
  return new HttpProtocolError('WIRE_INVALID', reason);
}
