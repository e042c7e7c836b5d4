/** An MCP server of the official SDK behind `mcp()`, on loopback, and what it saw. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  fromJsonSchema,
  McpServer,
  type AuthInfo,
} from '@modelcontextprotocol/server'
import { memoryReplay } from 'countersign'
import { protect } from 'countersign/express'
import { mcp } from 'countersign/mcp'
import express from 'express'

/** What its tools take. */
const ORDER = fromJsonSchema<{ order: string }>({
  type: 'object',
  properties: { order: { type: 'string' } },
  required: ['order'],
})

/** The scope that every request needs. */
export const USE = 'mcp:use'
/** The scope of the tool `refund`. */
export const PAY = 'payments:write'

/** A running MCP server. */
export interface McpTarget {
  /** Where it listens. */
  readonly url: string
  /** Its identifier as a resource. */
  readonly resource: string
  /** Who called tools of {@link shop}, as the SDK was told. */
  readonly callers: readonly (AuthInfo | undefined)[]
  /** Lets in whoever has a token of this issuer; nobody was before. */
  admit(issuer: string): void
  /** Lets everybody in. */
  admitAll(): void
  close(): void
}

/** Notes who called. */
type Note = (caller: AuthInfo | undefined) => void

/** Starts it. */
export async function serveMcp(
  make: (note: Note) => McpServer = shop,
  /** Where clients believe that it is. */
  named?: string,
): Promise<McpTarget> {
  const app = express()
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `${originOf(server)}/mcp`
  const resource = named ?? url
  const callers: (AuthInfo | undefined)[] = []
  const tools = toNodeHandler(createMcpHandler(() => make((caller) => callers.push(caller))))
  return {
    url,
    resource,
    callers,
    admit: (issuer) => {
      const desk = deskOf(resource, issuer)
      app.use(protect(desk), desk.attachAuthInfo).all('/mcp', tools)
    },
    admitAll: () => void app.all('/mcp', tools),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The origin of a server that listens on loopback. */
export function originOf(server: Server): string {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

const deskOf = (resource: string, issuer: string) =>
  mcp({
    resource,
    issuer,
    // The authority of these tests listens on loopback, without TLS.
    discovery: { allowPrivateHosts: ['127.0.0.1'], unsafe: { allowHttp: true } },
    scopes: [USE],
    scopesSupported: [USE],
    tools: { refund: [PAY] },
    // A new memory is fenced for some seconds, which other tests are about.
    dpop: { replay: memoryReplay({ unsafe: { noFence: true } }) },
  })

/** Tools `echo` and `refund`. */
function shop(note: Note): McpServer {
  const server = new McpServer({ name: 'shop', version: '1.0.0' })
  for (const name of ['echo', 'refund']) {
    server.registerTool(name, { inputSchema: ORDER }, ({ order }, { http }) => {
      note(http?.authInfo)
      return { content: [{ type: 'text', text: `${name} ${order}` }] }
    })
  }
  return server
}
