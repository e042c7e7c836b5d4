/** One line that makes an MCP server a protected resource (MCP authorization, 2026-07-28). */
export { mcp, type McpDesk } from './mcp.ts'
export type { McpAuthInfo, McpRequest } from './auth-info.ts'
export type { McpIssuer, McpMethods, McpOptions, McpRules } from './options.ts'
