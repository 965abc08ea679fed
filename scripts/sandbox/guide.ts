import { readFile } from 'node:fs/promises';

export interface SandboxNames {
  /** `127.0.0.1:<port>` */
  readonly vendor: string;
  readonly airgap: string;
  /** Name in the kubeconfig. */
  readonly context: string;
  readonly namespace: string;
  /** `127.0.0.1:<port>`, where the page of the application is once it runs. */
  readonly page: string;
  /** Why no application can run on this machine, or nothing. */
  readonly noPods: string;
}

/** Instructions for the sandbox, step by step, with the actual names of this one. */
export async function guide(names: SandboxNames): Promise<string> {
  const text = await readFile(new URL('guide.md', import.meta.url), 'utf8');
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => names[name as keyof SandboxNames] ?? whole);
}
