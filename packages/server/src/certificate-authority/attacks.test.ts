/** What is tried against issuing over the API, and with certificates against the guard. */
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { Principal } from 'countersign'
import { CSR_ATTACKS, WISH_ATTACKS } from '../certificates/attacks.ts'
import { toPem } from '../certificates/der.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { altNames } from '../certificates/testing/request.ts'
import { proven } from '../certificates/testing/authority.ts'
import { CLI_ACTOR } from '../credentials/actor.ts'
import { revokePrincipal, updatePrincipal } from '../credentials/principals.ts'
import { apiCaller, type ApiAnswer, type ApiCaller } from '../testing/api-caller.ts'
import { addTenant, freshSecrets, type TestAuthority } from '../testing/authority.ts'
import {
  askFor,
  callerWithCertificate,
  csrText,
  ISSUE,
  issueOver,
  openWithCa,
  peerOf,
} from '../testing/certificates.ts'
import { FAMILY_TENANT, openRecord } from './family.ts'
import { issueToPrincipal } from './issue.ts'
import { storedCertificates } from './stored-certificates.ts'
import { resolveCertificates } from './options.ts'

interface Scene extends TestAuthority {
  readonly caller: ApiCaller
}

async function open(t: TestContext, scopes = [ISSUE, 'orders:read']): Promise<Scene> {
  const at = await openWithCa()
  t.after(() => at.close())
  return { ...at, caller: await apiCaller(at, scopes) }
}

const certificatesOf = async ({ store, caller }: Scene) =>
  (await store.credentials.listOf('default', caller.principalId)).filter(
    ({ kind }) => kind === 'certificate',
  )

const pointerOf = ({ body }: ApiAnswer): unknown => {
  const [first]: readonly { readonly pointer?: string }[] = Array.isArray(body['errors'])
    ? body['errors']
    : []
  return first?.pointer
}

/** What a guard has just answered, while something happens to it. */
const standing = (caller: ApiCaller, credentialId: string): Principal => ({
  type: 'service',
  id: caller.principalId,
  tenant: 'default',
  method: 'api-key',
  credentialId,
  scopes: [ISSUE],
  claims: {},
  authenticatedAt: 0,
})

const statusOf = async (at: TestAuthority, pem: string): Promise<number> =>
  (await callerWithCertificate(at, pem)('GET', '/v1/certificates')).status

describe('a request for a certificate', () => {
  for (const { name, csr } of CSR_ATTACKS) {
    test(`is refused as a member of the body: ${name}`, async (t) => {
      const at = await open(t)
      const made = csr()
      // The API has a bound of its own before the request is read.
      const text =
        typeof made === 'string' ? made : Buffer.from(made.subarray(0, 40_000)).toString('base64')
      const answer = await askFor(at.caller, { csr: text })
      assert.ok(answer.status === 422 || answer.status === 413, answer.text)
      if (answer.status === 422) assert.equal(pointerOf(answer), '/csr')
      assert.deepEqual(await certificatesOf(at), [])
    })
  }

  for (const { name, csr, refusal } of WISH_ATTACKS.filter((attack) => attack.refusal)) {
    test(`gets nobody's name (${refusal}): ${name}`, async (t) => {
      const at = await open(t)
      const answer = await askFor(at.caller, { csr: toPem(csr(), 'CERTIFICATE REQUEST') })
      assert.equal(answer.status, 422, answer.text)
      assert.equal(pointerOf(answer), '/csr')
    })
  }

  test('that was captured from somebody else gets the name of whoever sends it', async (t) => {
    const at = await open(t)
    const csr = csrText()
    await issueOver(at.caller, { csr })
    const thief = await apiCaller(at, [ISSUE])
    const answer = await askFor(thief, { csr, scopes: [ISSUE] })
    assert.ok(answer.text.includes(`spiffe://example.org/default/service/${thief.principalId}`))
    assert.ok(!answer.text.includes(at.caller.principalId))
  })

  test('that is DER in base64 is taken, one with a tail is not', async (t) => {
    const at = await open(t)
    const der = csrText().replaceAll(/-----[^-]+-----|\s/g, '')
    assert.equal((await askFor(at.caller, { csr: der })).status, 201)
    assert.equal((await askFor(at.caller, { csr: `${der}!` })).status, 422)
  })

  test('may ask for its own name and for listed hosts, and for no other host', async (t) => {
    const at = await openWithCa({
      certificates: {
        trustDomain: 'example.org',
        dnsDomains: ['example.org'],
        dnsNames: () => ['billing.example.org'],
      },
    })
    t.after(() => at.close())
    const caller = await apiCaller(at, [ISSUE])
    const ask = (dNSName: string) =>
      askFor(caller, { csr: csrText({ extensions: [altNames([{ dNSName }])] }), scopes: [ISSUE] })
    const answer = await ask('billing.example.org')
    assert.deepEqual(answer.body['names'], {
      spiffe: `spiffe://example.org/default/service/${caller.principalId}`,
      dns: ['billing.example.org'],
    })
    assert.equal((await ask('other.example.org')).status, 422)
  })
})

describe('scopes of a certificate', () => {
  for (const [name, scopes, status] of [
    ['none', [], 422],
    ['one that the key does not hold', ['orders:write'], 403],
    ['everything below what the key holds', ['orders:*'], 403],
    ['all of management', ['countersign:*'], 403],
    ['a management scope that the key does not hold', ['countersign:keys:write'], 403],
    ['one that is malformed', ['orders:read '], 403],
  ] as const) {
    test(`are refused: ${name}`, async (t) => {
      const at = await open(t)
      const answer = await askFor(at.caller, { scopes })
      assert.equal(answer.status, status, answer.text)
      assert.deepEqual(await certificatesOf(at), [])
    })
  }

  test('are those of the principal now, whatever the certificate was given', async (t) => {
    const at = await open(t)
    const { certificate } = await issueOver(at.caller)
    const ref = { tenant: 'default', kind: 'service', id: at.caller.principalId } as const
    const change = { scopes: ['orders:read'] }
    assert.ok((await updatePrincipal(at.authority.context, { ...ref, change }, CLI_ACTOR)).ok)
    const answer = await askFor(callerWithCertificate(at, certificate))
    assert.equal(answer.status, 403, answer.text)
  })

  test('without the one for issuing do not let a certificate renew itself', async (t) => {
    const at = await open(t)
    const { certificate } = await issueOver(at.caller, { scopes: ['orders:read'] })
    assert.equal((await askFor(callerWithCertificate(at, certificate))).status, 403)
  })
})

describe('nobody gets a certificate', () => {
  const ttls = [0, 59, 86_401, 1e9, -1]
  for (const ttlSeconds of ttls) {
    test(`for ${ttlSeconds} seconds`, async (t) => {
      const at = await open(t)
      const answer = await askFor(at.caller, { ttlSeconds })
      assert.equal(answer.status, 422)
      assert.equal(pointerOf(answer), '/ttlSeconds')
    })
  }

  test('without the scope', async (t) => {
    const at = await open(t, ['orders:read'])
    assert.equal((await askFor(at.caller, { scopes: ['orders:read'] })).status, 403)
  })

  test('where no CA is configured, and the answer says what to configure', async (t) => {
    const at = await openWithCa({ certificates: undefined as never })
    t.after(() => at.close())
    const answer = await askFor(await apiCaller(at, [ISSUE]))
    assert.equal(answer.status, 404)
    assert.match(answer.text, /certificates\.trustDomain/)
  })

  test('in the name of another tenant, not even an administrator of all', async (t) => {
    const at = await open(t)
    await addTenant(at, 'acme')
    const admin = await apiCaller(at, ['countersign:*'])
    const body = { csr: csrText(), scopes: [ISSUE] }
    const answer = await admin('POST', '/v1/certificates', body, { tenant: 'acme' })
    assert.equal(answer.status, 403, answer.text)
  })

  test('who acts for somebody else', async (t) => {
    const at = await open(t)
    const all = await at.store.credentials.listOf('default', at.caller.principalId)
    const principal = { ...standing(at.caller, all[0]?.id ?? ''), actor: { subject: 'agent' } }
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.ok(!done.ok)
    assert.match(done.error.message, /acts for somebody else/)
  })

  test('who was revoked after the guard had looked', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    const principal = standing(at.caller, key?.id ?? '')
    const ref = { tenant: 'default', kind: 'service', id: at.caller.principalId } as const
    const ctx = issueContext(at)
    assert.ok((await revokePrincipal(at.authority.context, ref, CLI_ACTOR)).ok)
    const done = await issueToPrincipal(ctx, principal, { csr: csrText(), scopes: [ISSUE] })
    assert.equal(done.ok ? '' : done.error.kind, 'forbidden')
    assert.deepEqual(await certificatesOf(at), [])
  })

  test('whose key was revoked after the guard had looked', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    await at.store.credentials.revoke(key?.id ?? '', at.clock.now(), 'leaked')
    const principal = standing(at.caller, key?.id ?? '')
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.match(done.ok ? '' : done.error.message, /was revoked/)
  })

  test('with a certificate that was revoked after the guard had looked', async (t) => {
    const at = await open(t)
    const { id } = await issueOver(at.caller)
    const ctx = issueContext(at)
    await at.store.credentials.revoke(id, at.clock.now(), 'keyCompromise')
    const principal = { ...standing(at.caller, id), method: 'mtls' } as const
    const done = await issueToPrincipal(ctx, principal, { csr: csrText(), scopes: [ISSUE] })
    assert.match(done.ok ? '' : done.error.message, /was revoked/)
  })

  test('with scopes that were taken from the principal after the guard had looked', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    await at.store.principals.update('default', at.caller.principalId, { scopes: ['orders:read'] })
    const principal = standing(at.caller, key?.id ?? '')
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.equal(done.ok ? '' : done.error.pointer, '/scopes/0')
  })

  test('as another kind of principal than it is', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    const principal = { ...standing(at.caller, key?.id ?? ''), type: 'user' } as const
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.match(done.ok ? '' : done.error.message, /no record/)
  })

  test('whose tenant was revoked after the guard had looked', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    await at.store.tenants.revoke('default', at.clock.now())
    const principal = standing(at.caller, key?.id ?? '')
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.match(done.ok ? '' : done.error.message, /was revoked/)
  })

  test('of a CA that was removed while it signed', async (t) => {
    const at = await open(t)
    const [key] = await at.store.credentials.listOf('default', at.caller.principalId)
    const ctx = issueContext(at)
    const { id } = await ctx.certificates.signer()
    const gone = { state: 'removed', since: at.clock.now() } as const
    await at.store.certificateAuthorities.transition(id, 'active', gone)
    const principal = standing(at.caller, key?.id ?? '')
    const done = await issueToPrincipal(ctx, principal, { csr: csrText(), scopes: [ISSUE] })
    assert.match(done.ok ? '' : done.error.message, /Another CA/)
    assert.deepEqual(await certificatesOf(at), [])
  })

  test('with a certificate that was never recorded', async (t) => {
    const at = await open(t)
    const principal = { ...standing(at.caller, 'x'), method: 'mtls' } as const
    const request = { csr: csrText(), scopes: [ISSUE] }
    const done = await issueToPrincipal(issueContext(at), principal, request)
    assert.match(done.ok ? '' : done.error.message, /no record/)
  })
})

function issueContext(at: Scene) {
  const ctx = at.authority.context
  const settings = resolveCertificates({ trustDomain: 'example.org' })
  return { ...ctx, certificates: storedCertificates({ ...ctx, settings }) }
}

describe('a certificate', () => {
  test('that the key of the CA signed and nobody recorded is nobody', async (t) => {
    const secrets = freshSecrets()
    const at = await openWithCa({ secrets })
    t.after(() => at.close())
    const caller = await apiCaller(at, [ISSUE])
    const [record] = await at.store.certificateAuthorities.list(FAMILY_TENANT)
    assert.ok(record)
    const forged = await issueCertificate({
      ca: openRecord(secrets.keks, record),
      csr: proven(),
      identity: { spiffe: `spiffe://example.org/default/service/${caller.principalId}`, dns: [] },
      ttlSeconds: 3600,
      now: at.clock.now(),
    })
    assert.ok(forged.ok)
    assert.equal(await statusOf(at, forged.value.pem), 401)
    const identify = at.authority.certificates?.identify('default')
    const identity = { kind: 'spiffe', trustDomain: 'example.org' } as const
    const names = [forged.value.identity.spiffe ?? '']
    const answer = await identify?.({ ...identity, names }, forged.value)
    assert.deepEqual(answer, { ok: false, error: 'mtls.identity-unmapped' })
  })

  test('is nobody by another name than its record has, and in another tenant', async (t) => {
    const at = await open(t)
    await addTenant(at, 'acme')
    const { id } = await issueOver(at.caller)
    const ask = async (tenant: string, name: string) => {
      const identity = { kind: 'spiffe', trustDomain: 'example.org', names: [name] } as const
      return (await at.authority.certificates?.identify(tenant)(identity, { thumbprint: id }))?.ok
    }
    const own = `spiffe://example.org/default/service/${at.caller.principalId}`
    assert.equal(await ask('default', own), true)
    assert.equal(await ask('acme', own), false)
    assert.equal(await ask('default', own.replace('default', 'acme')), false)
    assert.equal(await ask('default', `${own}0`), false)
  })

  test('of one tenant administers no other', async (t) => {
    const at = await open(t)
    await addTenant(at, 'acme')
    const stranger = await apiCaller(at, [ISSUE, 'countersign:certificates:read'], 'acme')
    const body = { csr: csrText(), scopes: [ISSUE, 'countersign:certificates:read'] }
    const issued = await stranger('POST', '/v1/certificates', body, { tenant: 'acme' })
    assert.equal(issued.status, 201, issued.text)
    assert.equal(await statusOf(at, String(issued.body['certificate'])), 403)
    const request = new Request('https://auth.example.com/t/acme/v1/certificates')
    const peerCertificate = peerOf(String(issued.body['certificate']))
    assert.equal((await at.authority.fetch(request, { peerCertificate })).status, 200)
  })

  test('falls with its tenant', async (t) => {
    const at = await open(t)
    const { id } = await issueOver(at.caller)
    const name = `spiffe://example.org/default/service/${at.caller.principalId}`
    const identity = { kind: 'spiffe', trustDomain: 'example.org', names: [name] } as const
    await at.store.tenants.revoke('default', 7)
    const mapped = await at.authority.certificates?.identify('default')(identity, {
      thumbprint: id,
    })
    assert.equal(mapped?.ok === true && mapped.value.grant.revokedAt, 7)
  })

  test('falls with its principal', async (t) => {
    const at = await open(t)
    const { certificate } = await issueOver(at.caller)
    assert.equal(await statusOf(at, certificate), 403)
    const ref = { tenant: 'default', kind: 'service', id: at.caller.principalId } as const
    assert.ok((await revokePrincipal(at.authority.context, ref, CLI_ACTOR)).ok)
    assert.equal(await statusOf(at, certificate), 401)
  })

  test('is revoked by its holder, by nobody else without the scope, and counts no more', async (t) => {
    const at = await open(t)
    const { id, certificate } = await issueOver(at.caller)
    const path = `/v1/certificates/${id}?cause=keyCompromise`
    const other = await apiCaller(at, [ISSUE])
    assert.equal((await other('DELETE', path)).status, 404)
    assert.equal(await statusOf(at, certificate), 403)
    const holder = callerWithCertificate(at, certificate)
    assert.equal((await holder('DELETE', path.replace('keyCompromise', 'hold'))).status, 422)
    assert.equal((await holder('DELETE', path)).status, 204)
    assert.equal(await statusOf(at, certificate), 401)
    const reader = await apiCaller(at, ['countersign:certificates:*'])
    const shown = await reader('GET', `/v1/certificates/${id}`)
    assert.equal(shown.body['revokedReason'], 'keyCompromise')
    assert.equal((await reader('DELETE', path)).status, 204)
  })

  test('is in the audit log with what it was given, and without anything secret', async (t) => {
    const at = await open(t)
    const { id } = await issueOver(at.caller, { name: 'laptop' })
    const events = await at.store.events.list({ tenant: 'default', limit: 5 })
    const issued = events.items.find(({ type }) => type === 'certificate.issued')
    assert.equal(issued?.subject, id)
    assert.equal(issued.actor, at.caller.principalId)
    assert.deepEqual(issued.data['scopes'], [ISSUE, 'orders:read'])
    assert.ok(!at.logged.join('').includes('PRIVATE KEY'))
  })
})
