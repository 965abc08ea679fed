import { planTool } from './copy-tools.ts';
import { explainStateTool } from './explain-state.ts';
import { auditTool, describeTool, inventoryTool, verifyTool } from './read-tools.ts';
import type { AgentTool } from './tool.ts';

/** The tools that change nothing. */
export const READING_TOOLS: readonly AgentTool[] = [
  describeTool,
  planTool,
  verifyTool,
  auditTool,
  inventoryTool,
  explainStateTool,
];
