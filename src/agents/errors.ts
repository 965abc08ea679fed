import { errorFamily } from '../base/errors.ts';

/** Errors of the tools for agents. */
export const agentError = errorFamily('agent', {
  'input-invalid': {
    text: 'The input of {tool} is invalid: {field}: {reason}',
    remedy: 'Call it again with a value that fits the input schema.',
  },
  'plan-changed': {
    text: 'The plan is not the one that was confirmed: its digest is {actual}, expected {expected}',
    remedy: 'Nothing was copied. Call plan again, and let a person confirm the new plan.',
  },
  'not-confirmed': {
    text: 'Nobody confirmed the plan {digest}',
    remedy: 'Nothing was copied. Ask the person what to change before calling copy again.',
  },
  'cannot-ask': {
    text: 'This client cannot ask a person to confirm a copy',
    remedy:
      'Use a client that supports elicitation, run carvel-airgap copy by hand, or start the server with --client-confirms if the client asks a person before every call of copy.',
  },
  disabled: {
    text: 'AI features are disabled in this editor',
    remedy: 'Only a person can enable them, with the setting chat.disableAIFeatures.',
  },
  'copy-not-allowed': {
    text: 'Agents may not copy here',
    remedy: 'Only a person can allow it, with the setting carvelAirgap.agentsMayCopy.',
  },
  'copy-stopped': {
    text: 'A person stopped the copy',
    remedy: 'What is complete is kept. The person can resume it in the Relocations view.',
  },
  'file-name': {
    text: 'An agent may not write {path}',
    remedy: 'Name a file that ends with .tar and does not exist yet.',
  },
  'no-context': {
    text: 'No context was named, and the kubeconfig has no current one',
    remedy: 'Name one in context; kubectl config get-contexts lists them.',
  },
  'object-missing': {
    text: 'There is no {kind} {namespace}/{name} in {context}',
    remedy: 'Call explain_state without a name to list what exists.',
  },
});
