/** No chain of renewals outlives, or outlasts, the credential that began it. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { CLI_ACTOR } from '../credentials/actor.ts'
import { revoke } from '../credentials/revocations.ts'
import { apiCaller, callerWith, type ApiCaller } from '../testing/api-caller.ts'
import { addClient, basicAuth, postForm, type TestAuthority } from '../testing/authority.ts'
import {
  askFor,
  callerWithCertificate,
  ISSUE,
  issueOver,
  openWithCa,
} from '../testing/certificates.ts'
import { rootEnd } from './root.ts'

const SCOPES = [ISSUE, 'orders:read']
const ISSUER = 'https://auth.example.com'

async function open(t: TestContext): Promise<TestAuthority & { readonly caller: ApiCaller }> {
  const at = await openWithCa()
  t.after(() => at.close())
  return { ...at, caller: await apiCaller(at, SCOPES) }
}

/** A client with an access token for the authority itself. */
async function withToken(at: TestAuthority, format: 'jwt' | 'opaque') {
  const settings = { accessTokenFormat: format, audiences: [ISSUER] } as const
  const client = await addClient(at, settings, { scopes: SCOPES })
  const grant = { grant_type: 'client_credentials', scope: SCOPES.join(' ') }
  const answer = await postForm(at, '/oauth/token', grant, { authorization: basicAuth(client) })
  assert.equal(answer.status, 200)
  // The answer of the token endpoint (RFC 6749 §5.1).
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return { client, token, call: callerWith(at, { authorization: `Bearer ${token}` }) }
}

/** Reports whether a certificate opens the API: 403 says that its scopes do not, but it does. */
async function isAccepted(at: TestAuthority, pem: string): Promise<boolean> {
  const { status } = await callerWithCertificate(at, pem)('GET', '/v1/certificates')
  assert.ok(status === 401 || status === 403, String(status))
  return status === 403
}

test('SR-304: an API key without an end gets a day, and the certificate renews itself', async (t) => {
  const at = await open(t)
  const first = await issueOver(at.caller)
  assert.equal(first.notAfter, at.clock.now() + 86_400 - 60)
  at.clock.pass(43_200)
  const next = await issueOver(callerWithCertificate(at, first.certificate))
  assert.equal(next.notAfter, at.clock.now() + 86_400 - 60)
  assert.equal(next.renewAfter, at.clock.now() + Math.floor((86_400 - 60) / 2))
  assert.ok(await isAccepted(at, next.certificate))
})

for (const format of ['jwt', 'opaque'] as const) {
  test(`a certificate by a ${format} token ends with it, and so does every renewal`, async (t) => {
    const at = await open(t)
    const { call } = await withToken(at, format)
    const first = await issueOver(call)
    const end = at.clock.now() + 900
    assert.equal(first.notAfter, end - 1)
    at.clock.pass(450)
    const next = await issueOver(callerWithCertificate(at, first.certificate))
    assert.equal(next.notAfter, end - 1)
    at.clock.pass(449)
    assert.ok(await isAccepted(at, next.certificate))
    at.clock.pass(1)
    assert.ok(!(await isAccepted(at, next.certificate)))
  })

  test(`a certificate by a ${format} token falls with the token`, async (t) => {
    const at = await open(t)
    const { client, token, call } = await withToken(at, format)
    const first = await issueOver(call)
    const next = await issueOver(callerWithCertificate(at, first.certificate))
    assert.ok(await isAccepted(at, next.certificate))
    await postForm(at, '/oauth/revoke', { token }, { authorization: basicAuth(client) })
    assert.ok(!(await isAccepted(at, next.certificate)))
    assert.equal((await askFor(callerWithCertificate(at, first.certificate))).status, 401)
  })
}

test('a certificate by a token falls with the key that signed the token', async (t) => {
  const at = await open(t)
  const { call } = await withToken(at, 'jwt')
  const { certificate } = await issueOver(call)
  await at.authority.context.signingKeys.rotate('default', { compromised: true, actor: 'cli' })
  await at.authority.context.revocations.catchUp()
  assert.ok(!(await isAccepted(at, certificate)))
})

test('a certificate by a token falls with tokens from before a time', async (t) => {
  const at = await open(t)
  const { client, call } = await withToken(at, 'jwt')
  const { certificate } = await issueOver(call)
  const issuedBefore = at.clock.now()
  const input = { tenant: 'default', kind: 'client', subject: client.id, issuedBefore } as const
  assert.ok((await revoke(at.authority.context, input, CLI_ACTOR)).ok)
  assert.ok(!(await isAccepted(at, certificate)))
})

test('nothing is issued when the root ends within a minute, and the answer says so', async (t) => {
  const at = await open(t)
  const { call } = await withToken(at, 'jwt')
  at.clock.pass(839)
  assert.equal((await askFor(call)).status, 201)
  at.clock.pass(1)
  const answer = await askFor(call)
  assert.equal(answer.status, 409)
  assert.match(answer.text, /ends in less than 60 seconds/)
})

test('a certificate falls with the API key that began its chain, and cannot renew itself', async (t) => {
  const at = await open(t)
  const first = await issueOver(at.caller)
  const next = await issueOver(callerWithCertificate(at, first.certificate))
  const [key] = (await at.store.credentials.listOf('default', at.caller.principalId)).filter(
    ({ kind }) => kind === 'api_key',
  )
  const input = { tenant: 'default', kind: 'credential', subject: key?.id ?? '' } as const
  assert.ok((await revoke(at.authority.context, input, CLI_ACTOR)).ok)
  assert.ok(!(await isAccepted(at, next.certificate)))
  assert.equal((await askFor(callerWithCertificate(at, next.certificate))).status, 401)
})

test('an end that the API key is given later is the end of its certificates', async (t) => {
  const at = await open(t)
  const { certificate } = await issueOver(at.caller)
  const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
  const root = key?.kind === 'certificate' ? key.certificate?.root.id : key?.id
  await at.store.credentials.update(root ?? '', { expiresAt: at.clock.now() + 100 })
  const renewed = await issueOver(callerWithCertificate(at, certificate))
  assert.equal(renewed.notAfter, at.clock.now() + 99)
  at.clock.pass(100)
  assert.ok(!(await isAccepted(at, certificate)))
})

test('a certificate has the networks of the key that began its chain', async (t) => {
  const at = await open(t)
  const { certificate } = await issueOver(at.caller)
  const all = await at.store.credentials.listOf('default', at.caller.principalId)
  const key = all.find(({ kind }) => kind === 'api_key')
  await at.store.credentials.update(key?.id ?? '', { networks: ['10.0.0.0/8'] })
  const answer = await callerWithCertificate(at, certificate)('GET', '/v1/certificates')
  assert.equal(answer.body['code'], 'network-denied')
})

test('a certificate does no more than the key that began its chain may now', async (t) => {
  const at = await open(t)
  const { certificate } = await issueOver(at.caller)
  const all = await at.store.credentials.listOf('default', at.caller.principalId)
  const key = all.find(({ kind }) => kind === 'api_key')
  await at.store.credentials.update(key?.id ?? '', { scopes: ['orders:read'] })
  assert.equal((await askFor(callerWithCertificate(at, certificate))).status, 403)
})

test('a root that is not there any more vouches for nothing', async (t) => {
  const at = await open(t)
  const { id } = await issueOver(at.caller)
  const root = (await at.store.credentials.find(id))?.certificate?.root
  assert.ok(root)
  const whose = { tenant: 'default', principalId: at.caller.principalId, now: at.clock.now() }
  const gone = rootEnd(at.authority.context, { root, record: undefined }, whose)
  assert.equal(gone, at.clock.now())
})
