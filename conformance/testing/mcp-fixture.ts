/** What the MCP conformance suite asks of a server, a part of it; and what brings its requests a token. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { originOf } from './mcp-server.ts'

const NOTHING = fromJsonSchema<Record<string, never>>({ type: 'object', properties: {} })
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

/** The server that the suite expects: text, an error, progress over a stream, a resource, a prompt. */
export function fixture(): McpServer {
  const server = new McpServer({ name: 'fixture', version: '1.0.0' })
  const tool = { description: 'For the suite', inputSchema: NOTHING }
  server.registerTool('test_simple_text', tool, () =>
    text('This is a simple text response for testing.'),
  )
  server.registerTool('test_error_handling', tool, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  server.registerTool('test_tool_with_progress', tool, async (_nothing, { mcpReq }) => {
    // oxlint-disable-next-line no-underscore-dangle -- the protocol's name
    const progressToken = mcpReq._meta?.progressToken
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 }
      // oxlint-disable-next-line no-await-in-loop -- in this order
      await mcpReq.notify({ method: 'notifications/progress', params })
    }
    return text('done')
  })
  const uri = 'test://static-text'
  server.registerResource('static-text', uri, { mimeType: 'text/plain' }, () => ({
    contents: [
      { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
    ],
  }))
  server.registerPrompt('test_simple_prompt', { description: 'For the suite' }, () => ({
    messages: [
      { role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } },
    ],
  }))
  return server
}

const nobody = (_received: IncomingMessage, response: ServerResponse): void => void response.end()

/** A client that has a token, for a suite that has none: hands everything on and adds it. */
export interface TokenFront {
  readonly url: string
  /** Where to, and with which token. */
  lead(to: string, token?: string): void
  close(): void
}

/** Starts it. */
export async function tokenFront(): Promise<TokenFront> {
  let handOn = nobody
  const server = createServer((received, response) => handOn(received, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${originOf(server)}/mcp`,
    lead: (to, token) => {
      handOn = (received, response) => {
        const { method, headers } = received
        const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
        const further = request(
          to,
          { method, headers: { ...headers, ...authorization } },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers)
            answer.pipe(response)
          },
        )
        further.on('error', () => response.destroy())
        response.on('close', () => further.destroy())
        received.pipe(further)
      }
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
