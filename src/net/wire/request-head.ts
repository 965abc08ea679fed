export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * A request's first line and header, CRLF after each (RFC 9112, 2.1).
 * @throws if a value contains characters that could start another line
 */
export function requestHead(method: string, path: string, headers: RequestHeaders): string {
  if (!/^[\x21-\x7e]+$/.test(path)) throw new Error('the request URL contains invalid characters');
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => {
      // A value may come from a token server.
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`the header ${name} contains invalid characters`);
      return `${name}: ${value}\r\n`;
    }),
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
