/** The language model tools: the names of the tools in src/agents, with this prefix. */
export const agentToolPrefix = 'carvelAirgap_';

/** In the order of the manifest. */
export const agentToolIds = [
  'carvelAirgap_describe',
  'carvelAirgap_plan',
  'carvelAirgap_verify',
  'carvelAirgap_audit',
  'carvelAirgap_inventory',
  'carvelAirgap_explain_state',
  'carvelAirgap_copy',
] as const;

export type AgentToolId = (typeof agentToolIds)[number];
