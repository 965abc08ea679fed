/**
 * Whether kapp-controller falls back to HTTP for a registry, by go-containerregistry's fixed rule
 * (pkg/name/registry.go).
 * @param host host[:port] as in references
 */
export function allowsPlainHttp(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  if (/^localhost$|\.localhost$|\.local$/.test(name)) return true;
  if (host.includes('127.0.0.1') || host.includes('[::1]')) return true;
  const parts = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(name);
  const [first, second] = [Number(parts?.[1]), Number(parts?.[2])];
  return first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second <= 31);
}
