import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Secret, type Guard } from 'countersign'
import { requestView } from 'countersign/testing'
import { apiCaller, type ApiCaller } from '../testing/api-caller.ts'
import { addTenant, type TestAuthority } from '../testing/authority.ts'
import { issueOver, openWithCa, peerOf, ISSUE } from '../testing/certificates.ts'

const API = 'https://api.example.com'
const PROOF = 'a-proof-that-is-long-enough-to-be-one'
const PROXY = {
  dialect: 'rfc9440',
  proof: { field: 'x-proxy-proof', secrets: [new Secret(PROOF)] },
} as const

let at: TestAuthority
let workload: ApiCaller
let pem: string
let field: string

before(async () => {
  at = await openWithCa()
  workload = await apiCaller(at, [ISSUE, 'orders:read'])
  pem = (await issueOver(workload)).certificate
  field = `:${new X509Certificate(pem).raw.toString('base64')}:`
})
after(() => at.close())

type View = Parameters<typeof requestView>[0]

async function ask(desk: Guard, request: View): Promise<string> {
  const decision = await desk.check(requestView(request), { scopes: ['orders:read'] })
  if (decision.outcome === 'allowed') return `${decision.principal.method} ${decision.principal.id}`
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

/** What a proxy sends, by its proof. */
const told = (proof: string): View => ({
  headers: [
    ['client-cert', field],
    ['x-proxy-proof', proof],
  ],
})

describe('a desk of an authority with a CA', () => {
  test('accepts the certificate of the connection, and no field about one (SR-303)', async () => {
    const desk = at.authority.desk({ audience: API }).guard()
    const fields: View = { headers: [['client-cert', field]] }
    assert.equal(await ask(desk, { peerCertificate: peerOf(pem) }), `mtls ${workload.principalId}`)
    assert.equal(await ask(desk, fields), 'request.credential-missing')
  })

  test('behind a proxy accepts what the proven proxy tells, and not its own connection (SR-303)', async () => {
    const desk = at.authority.desk({ audience: API, clientCertificates: { from: PROXY } }).guard()
    assert.equal(await ask(desk, told(PROOF)), `mtls ${workload.principalId}`)
    assert.equal(await ask(desk, told('f'.repeat(32))), 'request.credential-missing')
    assert.equal(await ask(desk, { peerCertificate: peerOf(pem) }), 'request.credential-missing')
  })

  test('of one tenant knows no certificate of another', async () => {
    await addTenant(at, 'acme')
    const desk = at.authority.desk({ audience: API, tenant: 'acme' }).guard()
    assert.equal(await ask(desk, { peerCertificate: peerOf(pem) }), 'mtls.identity-unmapped')
  })
})
