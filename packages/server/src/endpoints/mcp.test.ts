/** The official SDK of MCP against an MCP server behind `mcp()` and this authority. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
  type FetchLike,
} from '@modelcontextprotocol/client'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  fromJsonSchema,
  McpServer,
  type AuthInfo,
} from '@modelcontextprotocol/server'
import { err, ok } from 'countersign'
import { protect } from 'countersign/express'
import { protect as protectFetch } from 'countersign/fetch'
import { mcp, type McpDesk } from 'countersign/mcp'
import express from 'express'
import {
  addClient,
  openAuthority,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'

const ISSUER = 'https://auth.example.com'
const ORDER = fromJsonSchema<{ order: string }>({
  type: 'object',
  properties: { order: { type: 'string' } },
  required: ['order'],
})

let test: TestAuthority
let server: Server
let resource: string
let client: TestClient
let desk: McpDesk
/** Who called tools, as the SDK was told. */
let callers: (AuthInfo | undefined)[]
/** Requests to the MCP server that were refused: status and challenge. */
let refusals: string[]

beforeEach(async () => {
  test = await openAuthority({ clock: Date.now })
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  resource = `http://127.0.0.1:${address.port}/mcp`
  const scopes = ['mcp:use', 'payments:*']
  client = await addClient(test, { audiences: [resource] }, { scopes })
  desk = mcp({
    resource,
    issuer: ISSUER,
    discovery: { fetchJson: ({ url }) => fetchFromAuthority(url) },
    scopes: ['mcp:use'],
    tools: { refund: ['payments:write'] },
    jwt: { algorithms: ['ES256'] },
  })
  callers = []
  refusals = []
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await test.close()
})

/** The authority is reached in-process: its name is nobody's here. */
const callAuthority = (request: Request): Promise<Response> =>
  Promise.resolve(test.authority.fetch(request, { remoteAddress: '192.0.2.7' }))

async function fetchFromAuthority(url: string) {
  const response = await callAuthority(new Request(url))
  if (response.ok) return ok(await response.json())
  return err({ kind: 'status', status: response.status, message: 'no document' } as const)
}

/** An MCP server, a new one for each request, as its SDK makes them. */
const handler = createMcpHandler(() => {
  const made = new McpServer({ name: 'shop', version: '1.0.0' })
  for (const name of ['echo', 'refund']) {
    made.registerTool(name, { inputSchema: ORDER }, ({ order }, { http }) => {
      callers.push(http?.authInfo)
      return { content: [{ type: 'text', text: `${name} ${order}` }] }
    })
  }
  return made
})

function onExpress(): void {
  const app = express()
  app.use(protect(desk), desk.attachAuthInfo)
  app.all('/mcp', toNodeHandler(handler))
  server.on('request', app)
}

/** The client of the SDK; it learns of the authority from the MCP server alone. */
async function connect(): Promise<Client> {
  const fetchLike: FetchLike = async (url, init) => {
    const request = new Request(url, init)
    if (request.url.startsWith(ISSUER)) return callAuthority(request)
    const response = await fetch(request)
    const challenge = response.headers.get('www-authenticate')
    if (challenge !== null) refusals.push(`${response.status} ${challenge}`)
    return response
  }
  const authProvider = new ClientCredentialsProvider({
    clientId: client.id,
    clientSecret: client.secret,
    expectedIssuer: ISSUER,
  })
  const made = new Client({ name: 'agent', version: '1.0.0' })
  await made.connect(
    new StreamableHTTPClientTransport(new URL(resource), { authProvider, fetch: fetchLike }),
  )
  return made
}

const challenge = (rest: string): string =>
  `Bearer realm="api", resource_metadata="${resource.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')}", ${rest}`

describe('an MCP server behind this authority', () => {
  it('is found, authorized for and called by the client of the official SDK', async () => {
    onExpress()
    const agent = await connect()
    const { tools } = await agent.listTools()
    assert.deepEqual(tools.map(({ name }) => name).toSorted(), ['echo', 'refund'])
    const { content } = await agent.callTool({ name: 'echo', arguments: { order: '7' } })
    assert.deepEqual(content, [{ type: 'text', text: 'echo 7' }])
    assert.deepEqual(refusals, [`401 ${challenge('scope="mcp:use"')}`])
    const [caller] = callers
    assert.equal(caller?.clientId, client.id)
    assert.deepEqual(caller.scopes, ['mcp:use'])
    assert.equal(caller.token, '', 'no token is passed through')
    await agent.close()
  })
  it('steps up: one challenge names all scopes, and the client comes back with them', async () => {
    onExpress()
    const agent = await connect()
    await agent.callTool({ name: 'echo', arguments: { order: '7' } })
    const { content } = await agent.callTool({ name: 'refund', arguments: { order: '8' } })
    assert.deepEqual(content, [{ type: 'text', text: 'refund 8' }])
    assert.equal(
      refusals[1],
      `403 ${challenge('error="insufficient_scope", scope="mcp:use payments:write"')}`,
    )
    assert.equal(refusals.length, 2)
    assert.deepEqual(callers.at(-1)?.scopes, ['mcp:use', 'payments:write'])
    await agent.close()
  })
  it('does the same for a fetch handler', async () => {
    const guarded = protectFetch(desk, undefined, (request, { principal }) =>
      handler.fetch(request, { authInfo: desk.authInfo(principal) }),
    )
    // Its SDK turns requests of node:http into those of fetch.
    server.on('request', express().use(toNodeHandler({ fetch: async (each) => guarded(each) })))
    const agent = await connect()
    const { content } = await agent.callTool({ name: 'refund', arguments: { order: '9' } })
    assert.deepEqual(content, [{ type: 'text', text: 'refund 9' }])
    assert.deepEqual(
      refusals.map((refusal) => refusal.slice(0, 3)),
      ['401', '403'],
    )
    await agent.close()
  })
  it('lets nobody in with a token of this authority for another API', async () => {
    onExpress()
    client = await addClient(
      test,
      { audiences: ['https://other.example'] },
      { scopes: ['mcp:use'] },
    )
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'mcp:use' })
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    }
    const issued = await callAuthority(
      new Request(`${ISSUER}/oauth/token`, { method: 'POST', headers, body: form }),
    )
    const { access_token: token } = await issued.json()
    assert.equal(typeof token, 'string')
    const answer = await fetch(resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    })
    assert.equal(answer.status, 401)
    assert.equal(
      answer.headers.get('www-authenticate'),
      challenge('error="invalid_token", scope="mcp:use"'),
    )
    await assert.rejects(connect(), 'the authority gives it no token for this server either')
    assert.equal(callers.length, 0)
  })
})
