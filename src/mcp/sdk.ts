// The parts of the Model Context Protocol's SDK that are used. They are bundled separately (dist/mcp-sdk.cjs) and loaded by
// `carvel-airgap mcp` alone.
export { fromJsonSchema, inputRequired, inputResponse, McpServer } from '@modelcontextprotocol/server';
export { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
