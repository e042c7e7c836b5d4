/** An MCP server of the official SDK behind `mcp()`, on loopback, and what it saw. */
import { once } from 'node:events'
import { createServer } from 'node:http'
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
  /** Its URL and its identifier as a resource. */
  readonly resource: string
  /** Who called tools, as the SDK was told. */
  readonly callers: readonly (AuthInfo | undefined)[]
  /** Lets in whoever has a token of this issuer; nobody was before. */
  admit(issuer: string): void
  close(): void
}

/** Starts it: tools `echo` and `refund`. */
export async function serveMcp(): Promise<McpTarget> {
  const app = express()
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const resource = `http://127.0.0.1:${address.port}/mcp`
  const callers: (AuthInfo | undefined)[] = []
  return {
    resource,
    callers,
    admit: (issuer) => {
      const desk = deskOf(resource, issuer)
      app.use(protect(desk), desk.attachAuthInfo)
      app.all('/mcp', toNodeHandler(toolsFor(callers)))
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
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

const toolsFor = (callers: (AuthInfo | undefined)[]) =>
  createMcpHandler(() => {
    const server = new McpServer({ name: 'shop', version: '1.0.0' })
    for (const name of ['echo', 'refund']) {
      server.registerTool(name, { inputSchema: ORDER }, ({ order }, { http }) => {
        callers.push(http?.authInfo)
        return { content: [{ type: 'text', text: `${name} ${order}` }] }
      })
    }
    return server
  })
