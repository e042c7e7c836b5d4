/**
 * `@modelcontextprotocol/conformance`: its suite for authorization servers, with a person at the
 * browser, and its suite for servers against one behind `mcp()`, which has to change nothing but refusals.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { addClient, basicAuth, postForm } from '../../packages/server/src/testing/authority.ts'
import { formPerson } from '../runner/person.ts'
import { fixture, tokenFront } from '../testing/mcp-fixture.ts'
import { serveMcp, USE } from '../testing/mcp-server.ts'
import { failedScenarios, passedScenarios, runSuite } from '../testing/mcp-suite.ts'
import { LOGIN, serveOurs, type OurAuthority } from '../testing/our-target.ts'

const RESOURCE = 'https://mcp.example.com/mcp'

suite('the MCP conformance suite', { concurrency: true }, () => {
  let at: OurAuthority
  before(async () => {
    const clientIdMetadataDocuments = { scopes: ['orders:read'], audiences: [RESOURCE] }
    at = await serveOurs({ clientIdMetadataDocuments })
  })
  after(() => at.close())

  test('for authorization servers: metadata, and the code flow of a public client', async () => {
    const { id } = await addClient(
      at,
      {
        tokenEndpointAuthMethod: 'none',
        applicationType: 'native',
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: ['http://127.0.0.1/callback'],
        audiences: [RESOURCE],
      },
      { scopes: ['orders:read'] },
    )
    const port = await freePort()
    const args = ['authorization', '--url', at.url, '--client-id', id, '--resource', RESOURCE]
    const run = await runSuite([...args, '--port', port], (line) => {
      if (line.startsWith(`${at.url}/oauth/authorize?`)) void approve(at, line, port)
    })
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /Total: 3 passed, 0 failed/)
  })

  for (const revision of ['2025-11-25', '2026-07-28']) {
    test(`for servers, ${revision}: mcp() takes nothing away, and adds protection from rebinding`, async () => {
      const args = ['--requirements', revision]
      const [bare, guarded] = await Promise.all([runServer(args), runServer(args, at)])
      const passed = passedScenarios(guarded)
      for (const scenario of ['tools-call-simple-text', 'tools-call-with-progress', REBINDING]) {
        assert.ok(passed.includes(scenario), `${scenario}: ${guarded.output}`)
      }
      assert.deepEqual(
        failedScenarios(bare).filter((one) => one !== REBINDING),
        failedScenarios(guarded),
      )
    })
  }
})

const REBINDING = 'dns-rebinding-protection'

/** Runs the suite for servers, against one that asks for tokens of an authority if there is one. */
async function runServer(args: readonly string[], authority?: OurAuthority) {
  const front = await tokenFront()
  const target = await serveMcp(fixture, front.url)
  if (authority === undefined) target.admitAll()
  else target.admit(authority.url)
  front.lead(target.url, authority && (await tokenFor(authority, front.url)))
  try {
    return await runSuite(['server', '--url', front.url, ...args])
  } finally {
    front.close()
    target.close()
  }
}

async function tokenFor(at: OurAuthority, resource: string): Promise<string> {
  const client = await addClient(at, { audiences: [resource] }, { scopes: [USE] })
  const form = { grant_type: 'client_credentials', scope: USE }
  const response = await postForm(at, '/oauth/token', form, { authorization: basicAuth(client) })
  const { access_token: token } = await response.json()
  assert.ok(typeof token === 'string')
  return token
}

async function approve({ url }: OurAuthority, line: string, port: string): Promise<void> {
  const told = await formPerson(url, LOGIN).approve(new URL(line))
  await fetch(`http://127.0.0.1:${port}/callback?${told.toString()}`)
}

/** Where the suite can listen: a port that was free just now. */
async function freePort(): Promise<string> {
  const probe = await tokenFront()
  probe.close()
  return new URL(probe.url).port
}
