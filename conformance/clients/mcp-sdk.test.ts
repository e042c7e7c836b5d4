/**
 * The client of the official MCP SDK does the whole of MCP authorization: it is refused, finds the
 * authority, registers, sends a person there, redeems, calls, refreshes, steps up.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { after, before, suite, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { DpopSession } from '@modelcontextprotocol/client'
import { addClient } from '../../packages/server/src/testing/authority.ts'
import { openBrowser } from '../../packages/server/src/testing/browser.ts'
import { addUser, signIn, type TestPerson } from '../../packages/server/src/testing/people.ts'
import { handCa } from '../../packages/server/src/testing/tls.ts'
import { mcpAgent, type Agent, type Identity, type Walk } from '../testing/mcp-agent.ts'
import { PAY, serveMcp, USE, type McpTarget } from '../testing/mcp-server.ts'
import { serveOurs, type OurAuthority } from '../testing/our-target.ts'

const CALLBACK = 'http://localhost:33418/callback'

let target: McpTarget
let at: OurAuthority
let person: TestPerson
let documents: Server
let documentUrl: string
const agents: Agent[] = []

before(async () => {
  target = await serveMcp()
  const terms = { scopes: [USE, 'payments:*'], audiences: [target.resource] }
  at = await serveOurs({
    registration: { access: 'anyone', ...terms },
    clientIdMetadataDocuments: terms,
    allowPrivateHosts: ['localhost'],
  })
  target.admit(at.url)
  person = await addUser(at, 'bob', { scopes: ['mcp:*', 'payments:*'] })
  await serveDocument()
})
after(async () => {
  await Promise.all(agents.map((agent) => agent.close()))
  documents.closeAllConnections()
  documents.close()
  target.close()
  await at.close()
})

/** The document of a client that is a URL, over TLS: the guarded fetch takes no other. */
async function serveDocument(): Promise<void> {
  const ca = await handCa(() => Math.floor(Date.now() / 1000))
  const own = await ca.host()
  setDefaultCACertificates([...getCACertificates(), ca.root])
  documents = createServer({ key: own.keyPem, cert: own.pem }, (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        client_id: documentUrl,
        client_name: 'Agent',
        redirect_uris: ['http://localhost/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      }),
    )
  }).listen(0, '127.0.0.1')
  await once(documents, 'listening')
  const address = documents.address()
  assert.ok(typeof address === 'object' && address !== null)
  documentUrl = `https://localhost:${address.port}/agent.json`
}

/** Bob signs in once and decides; what each page of consent said is kept. */
function bob(decision: 'allow' | 'deny' = 'allow'): {
  readonly walk: Walk
  readonly consents: readonly string[]
} {
  const browser = openBrowser((request) => fetch(request), at.url)
  const consents: string[] = []
  const walk: Walk = async (url) => {
    let shown = await browser.open(url)
    if (shown.forms.some(({ fields }) => Object.hasOwn(fields, 'password'))) {
      shown = await signIn(browser, shown, person)
    }
    if (!shown.elsewhere) {
      consents.push(shown.text)
      shown = await browser.submit(shown, { button: `decision=${decision}` })
    }
    assert.ok(shown.url.href.startsWith(`${CALLBACK}?`), shown.url.href)
    return shown.url.searchParams
  }
  return { walk, consents }
}

function agentWith(identity: Partial<Identity>): { agent: Agent; consents: readonly string[] } {
  const { walk, consents } = bob()
  const agent = mcpAgent(target.resource, { redirectUrl: CALLBACK, ...identity }, walk)
  agents.push(agent)
  return { agent, consents }
}

/** A public client that an operator made. */
const preRegistered = async (): Promise<Partial<Identity>> => {
  const { id } = await addClient(
    at,
    {
      tokenEndpointAuthMethod: 'none',
      applicationType: 'native',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['http://localhost/callback'],
      audiences: [target.resource],
    },
    { scopes: [USE, 'payments:*'] },
  )
  return { clientId: id }
}

const BOB = ({ id }: TestPerson) => ({ type: 'user', id })

const text = (value: string) => [{ type: 'text', text: value }]

const tokenForms = ({ sent }: Agent): readonly URLSearchParams[] =>
  sent.filter(({ path }) => path === '/oauth/token').map(({ form }) => form)

const KINDS: readonly {
  readonly how: string
  readonly identity: () => Promise<Partial<Identity>>
  readonly clientId: () => string | RegExp
}[] = [
  {
    how: 'the URL of its document as client_id',
    identity: async () => ({ clientMetadataUrl: documentUrl }),
    clientId: () => documentUrl,
  },
  { how: 'dynamic registration', identity: async () => ({}), clientId: () => /^cli_/ },
  { how: 'a registration by an operator', identity: preRegistered, clientId: () => /^cli_/ },
]

suite('the client of the official MCP SDK', () => {
  for (const { how, identity, clientId } of KINDS) {
    test(`comes from a 401 to a call of a tool, with ${how}`, async () => {
      const { agent, consents } = agentWith(await identity())
      await agent.connect()
      assert.deepEqual(await agent.call('echo', '7'), text('echo 7'))
      assert.equal(consents.length, 1, 'the person was asked')
      const { client_id: id = '' } = agent.memory.client ?? {}
      const expected = clientId()
      if (typeof expected === 'string') assert.equal(id, expected)
      else assert.match(id, expected)
      const [code] = tokenForms(agent)
      assert.equal(code?.get('grant_type'), 'authorization_code')
      assert.equal(code.get('resource'), target.resource)
      assert.ok(code.has('code_verifier'))
      const caller = target.callers.at(-1)
      assert.equal(caller?.clientId, id)
      assert.deepEqual(caller.scopes, [USE, 'offline_access'])
      const principal = caller.extra?.['principal']
      assert.ok(typeof principal === 'object' && principal !== null)
      assert.deepEqual({ ...principal, ...BOB(person) }, principal, 'it calls for the person')
    })
  }

  test('refreshes twice at once and stays signed in', async () => {
    const { agent, consents } = agentWith({})
    await agent.connect()
    agent.memory.spoil()
    const both = await Promise.all([agent.call('echo', '1'), agent.call('echo', '2')])
    assert.deepEqual(both, [text('echo 1'), text('echo 2')])
    const refreshes = tokenForms(agent).slice(1)
    assert.deepEqual(
      refreshes.map((form) => [form.get('grant_type'), form.get('resource')]),
      [
        ['refresh_token', target.resource],
        ['refresh_token', target.resource],
      ],
    )
    const used = refreshes.map((form) => form.get('refresh_token'))
    assert.equal(new Set(used).size, 1, 'both had the same refresh token')
    agent.memory.spoil()
    assert.deepEqual(await agent.call('echo', '3'), text('echo 3'))
    assert.notEqual(tokenForms(agent).at(-1)?.get('refresh_token'), used[0], 'it was rotated')
    assert.equal(consents.length, 1, 'nobody was asked again')
  })

  test('steps up: asks for what it has and what the tool needs, and the person agrees again', async () => {
    const { agent, consents } = agentWith({})
    await agent.connect()
    assert.deepEqual(await agent.call('refund', '8'), text('refund 8'))
    assert.match(agent.refusals.at(-1) ?? '', /^403 .*error="insufficient_scope"/)
    const asked = agent.memory.authorizationUrl?.searchParams.get('scope')?.split(' ')
    assert.deepEqual(asked?.toSorted(), [USE, 'offline_access', PAY].toSorted())
    assert.equal(consents.length, 2)
    assert.deepEqual(
      consents.map((page) => page.includes(PAY)),
      [false, true],
    )
    const scopes = [USE, 'offline_access', PAY].toSorted()
    assert.deepEqual(target.callers.at(-1)?.scopes.toSorted(), scopes)
    agent.memory.spoil()
    assert.deepEqual(await agent.call('refund', '9'), text('refund 9'))
    assert.equal(consents.length, 2, 'a refresh keeps both')
  })

  test('gets nothing where the person refuses', async () => {
    const { walk } = bob('deny')
    const agent = mcpAgent(target.resource, { redirectUrl: CALLBACK }, walk)
    agents.push(agent)
    await assert.rejects(agent.connect(), { code: 'access_denied' })
    assert.equal(agent.memory.held, undefined)
  })

  test('binds its tokens to a key (DPoP), from the first token to the refreshed one', async () => {
    const { agent } = agentWith({ dpop: await DpopSession.create({ alg: 'ES256' }) })
    await agent.connect()
    assert.equal(agent.memory.held?.token_type.toLowerCase(), 'dpop')
    agent.memory.spoil()
    assert.deepEqual(await agent.call('echo', '7'), text('echo 7'))
    assert.equal(tokenForms(agent).at(-1)?.get('grant_type'), 'refresh_token')
  })
})
