import { once } from 'node:events';

import { agentServer } from '../../mcp/server.ts';
import type { AgentServerOptions } from '../../mcp/server.ts';
import { KnownSecrets } from '../../oci/auth/known-secrets.ts';
import { refuseArguments } from '../command.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup, FlagValues } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { requireSignatureFlag } from '../flags/signature-flags.ts';
import { commandLineBackend } from './agent-backend.ts';

const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    {
      name: 'allow-copy',
      kind: 'boolean',
      help: 'Offer a tool that copies what was planned, after the client has asked a person (default: only tools that change nothing)',
    },
    {
      name: 'client-confirms',
      kind: 'boolean',
      help: 'With --allow-copy: trust the client to ask a person before each call of copy; for clients without elicitation',
    },
    {
      name: 'kubeconfig',
      kind: 'list',
      value: 'FILE',
      help: 'Read this kubeconfig (default: $KUBECONFIG, or ~/.kube/config); can be repeated',
    },
    {
      name: 'cluster-registry',
      kind: 'list',
      value: 'NAME=HOST',
      help: 'The cluster’s name for a registry, and its host as seen from here; can be repeated',
    },
    requireSignatureFlag('a tar'),
  ],
};

/** `carvel-airgap mcp`: answers the questions of agents. */
export const mcpCommand: Command = {
  name: 'mcp',
  help: {
    summary: 'Serves tools for agents on standard input and output (Model Context Protocol).',
    usage: USAGE.mcp,
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'For programs that let language models use tools; docs/agents.md says how to configure them, and what is guaranteed.',
      'Credentials come from the environment and from the logins of docker and podman, as for the other commands.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Stopped.',
  run: serve,
};

async function serve(context: CommandContext): Promise<0> {
  const { values, rest, environment, signal } = context;
  refuseArguments('mcp', rest);
  const secrets = new KnownSecrets();
  const warn = (text: string): void => void process.stderr.write(`carvel-airgap: ${secrets.hide(text)}\n`);
  const copy = copyOf(values);
  const backend = await commandLineBackend({ values, environment, secrets, warn });
  try {
    // The other commands do not need this code.
    const sdk = await import('../../mcp/sdk.ts').catch((error: unknown) => {
      throw cliError('mcp-missing', {}, error);
    });
    const handle = sdk.serveStdio(() => agentServer({ backend, sdk, copy }), {
      onerror: ({ message }) => warn(message),
    });
    const isOver = new AbortController();
    const ended = [once(process.stdin, 'end', isOver), once(process.stdin, 'close', isOver)];
    await Promise.race([...ended, once(signal, 'abort', isOver)]).finally(() => isOver.abort());
    await handle.close();
    return 0;
  } finally {
    await backend.close();
  }
}

/** @throws cli.needs-allow-copy */
function copyOf(values: FlagValues): AgentServerOptions['copy'] {
  const isClients = values.boolean('client-confirms') === true;
  if (values.boolean('allow-copy') !== true) {
    if (isClients) throw cliError('needs-allow-copy');
    return 'none';
  }
  return isClients ? 'client-confirms' : 'ask';
}
