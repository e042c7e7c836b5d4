import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer, request, type AgentOptions, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { protect } from '../../adapters/node.ts'
import { guard } from '../../core/guard.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { BILLING, identify } from './desk.test.ts'
import { TrustStore } from './trust.ts'
import { mtls } from './verify.ts'

interface Got {
  readonly status: number | undefined
  readonly body: string
  readonly localPort: number | undefined
  readonly reused: boolean
}

/** node:tls reads the clock of the machine, and so do these certificates. */
describe('mtls over node:https', () => {
  let authority: TestCertificate
  let leaf: TestCertificate
  let stranger: TestCertificate
  let trust: TrustStore
  let server: Server
  const agents: Agent[] = []

  before(async () => {
    authority = await mintTestCertificate({ name: 'ca', ca: true })
    const own = { issuer: authority, dnsNames: ['localhost'], purposes: ['server'] } as const
    const host = await mintTestCertificate(own)
    leaf = await mintTestCertificate({ issuer: authority, uris: [BILLING] })
    stranger = await mintTestCertificate({ uris: [BILLING] })
    trust = new TrustStore([bundle('active')])
    const desk = guard({ methods: [mtls({ trust, identify })] })
    const tls = { requestCert: true, rejectUnauthorized: false, ca: authority.pem }
    server = createServer(
      { ...tls, key: host.keyPem, cert: host.pem },
      protect(desk, undefined, (_, response, principal) => {
        response.end(principal.id)
      }),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  after(() => {
    for (const agent of agents) agent.destroy()
    server.close()
  })

  const bundle = (state: 'active' | 'removed') => ({
    trustDomain: 'prod.example',
    anchors: [{ name: 'ca', certificate: authority.der, state }],
  })

  /** One client: one connection at a time, kept alive. */
  function client(certificate?: TestCertificate, options: AgentOptions = {}): Agent {
    const own = certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }
    const kept = { keepAlive: true, maxSockets: 1, ca: authority.pem, servername: 'localhost' }
    const agent = new Agent({ ...kept, ...own, ...options })
    agents.push(agent)
    return agent
  }

  async function get(agent: Agent): Promise<Got> {
    // A server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo
    const sent = request({ agent, port, host: '127.0.0.1' })
    sent.end()
    // `once` does not know the events of a request.
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    // Requests of node:https have TLS sockets.
    const socket = sent.socket as TLSSocket
    const { localPort } = socket
    const reused = socket.isSessionReused()
    response.setEncoding('utf8')
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return { status: response.statusCode, body, localPort, reused }
  }

  it('accepts a client by its certificate, and nobody without one', async () => {
    const good = await get(client(leaf))
    assert.deepEqual([good.status, good.body], [200, BILLING])
    assert.equal((await get(client())).status, 401)
    assert.equal((await get(client(stranger))).status, 401)
  })

  it('refuses the second request of a live connection whose certificate was denied (SR-302)', async () => {
    const agent = client(leaf)
    const first = await get(agent)
    const denial = { kind: 'serial', trustDomain: 'prod.example', serial: leaf.serial } as const
    trust.deny(denial)
    const second = await get(agent)
    trust.undeny(denial)
    const third = await get(agent)
    assert.deepEqual([first.status, second.status, third.status], [200, 401, 200])
    assert.equal(second.localPort, first.localPort)
  })

  it('refuses the second request of a live connection whose authority was removed (SR-302)', async () => {
    const agent = client(leaf)
    const first = await get(agent)
    trust.setBundle(bundle('removed'))
    const second = await get(agent)
    trust.setBundle(bundle('active'))
    assert.deepEqual([first.status, second.status], [200, 401])
    assert.equal(second.localPort, first.localPort)
  })

  it('judges a resumed session by the trust of now (SR-302)', async () => {
    // TLS 1.2: there the ticket is part of the handshake, and so surely there for the second one.
    const agent = client(leaf, { keepAlive: false, maxVersion: 'TLSv1.2' })
    const first = await get(agent)
    const resumed = await get(agent)
    assert.deepEqual([first.reused, resumed.reused], [false, true])
    assert.equal(resumed.status, 200)
    trust.setBundle(bundle('removed'))
    const refused = await get(agent)
    trust.setBundle(bundle('active'))
    assert.deepEqual([refused.reused, refused.status], [true, 401])
  })
})
