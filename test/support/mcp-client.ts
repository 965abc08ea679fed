// `carvel-airgap mcp` as a program that uses tools starts it: the SDK's own client on its standard input and output.
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

/** The revisions that clients use: with `initialize`, and the stateless one. */
export const MCP_REVISIONS = ['2025-11-25', '2026-07-28'] as const;

export interface McpOptions {
  /** The program, if it is another one than the one that was built. */
  readonly program?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly revision?: (typeof MCP_REVISIONS)[number];
  /** Answers the question whether to copy; without it, the client cannot ask a person. */
  readonly person?: (question: string) => Promise<PersonsAnswer> | PersonsAnswer;
}

type PersonsAnswer =
  | { readonly action: 'accept'; readonly content: { readonly confirm: boolean } }
  | { readonly action: 'decline' | 'cancel' };

export interface McpAnswer {
  readonly summary: string;
  readonly digest?: string;
  readonly notice: string;
  readonly untrusted: { readonly kind: string } & Readonly<Record<string, unknown>>;
  readonly more: readonly { readonly list: string; readonly omitted: number }[];
}

export interface McpCallOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (message: string, progress: number) => void;
}

export class McpClient {
  readonly client: Client;
  readonly #transport: StdioClientTransport;
  #stderr = '';

  private constructor({ program = cli, flags = [], env = {}, revision = '2025-11-25', person }: McpOptions) {
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [program, 'mcp', ...flags],
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
      stderr: 'pipe',
    });
    this.#transport.stderr?.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.client = new Client(
      { name: 'test', version: '1' },
      {
        capabilities: person === undefined ? {} : { elicitation: { form: {} } },
        ...(revision === '2025-11-25' ? {} : { versionNegotiation: { mode: { pin: revision } } }),
      },
    );
    if (person !== undefined) {
      this.client.setRequestHandler('elicitation/create', async ({ params }) => person(params.message));
    }
  }

  static async start(options: McpOptions = {}): Promise<McpClient> {
    const made = new McpClient(options);
    await made.client.connect(made.#transport);
    return made;
  }

  /** What the server logged. */
  get stderr(): string {
    return this.#stderr;
  }

  /** An answer, which the SDK's client has compared with the tool's schema. */
  async call(name: string, input: Record<string, unknown>, options: McpCallOptions = {}): Promise<McpAnswer> {
    const { structuredContent, content, isError } = await this.#call(name, input, options);
    if (isError === true) throw new Error(JSON.stringify(content));
    return structuredContent as McpAnswer;
  }

  /** The error of a call that is expected to fail. */
  async failure(name: string, input: Record<string, unknown>): Promise<McpAnswer> {
    const { isError, content } = await this.#call(name, input, {});
    if (isError !== true) throw new Error('the call did not fail');
    const [block] = content as { text: string }[];
    return JSON.parse(block?.text ?? '') as McpAnswer;
  }

  async stop(): Promise<void> {
    await this.client.close();
  }

  async #call(name: string, input: Record<string, unknown>, { signal, progress }: McpCallOptions) {
    return this.client.callTool(
      { name, arguments: input },
      {
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { onprogress: (at) => progress(at.message ?? '', at.progress) }),
      },
    );
  }
}
