import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { WISH_ATTACKS } from './attacks.ts'
import { issuancePolicy, type Applicant } from './policy.ts'
import { proven, SPIFFE_ID } from './testing/authority.ts'

const SERVICE: Applicant = { tenant: 'acme', type: 'service', id: 'svc_1' }
const NO_WISH = { uris: [], dns: [], others: 0 }
const policy = issuancePolicy({
  trustDomain: 'example.org',
  dnsNames: ({ tenant, id }) =>
    tenant === 'acme' && id === 'svc_1' ? ['svc.example.org', '*.example.org'] : [],
})

suite('who may have which names', () => {
  for (const { name, csr, refusal } of WISH_ATTACKS) {
    test(`a request for ${name} gets ${refusal ?? 'its own name'}`, () => {
      const { wish } = proven(csr())
      const own = { ok: true, value: { spiffe: SPIFFE_ID, dns: [] } }
      const expected = refusal === undefined ? own : { ok: false, error: refusal }
      assert.deepEqual(policy(SERVICE, wish), expected)
    })
  }

  test('everybody may have its own name, asked for or not', () => {
    const own = { ok: true, value: { spiffe: SPIFFE_ID, dns: [] } }
    assert.deepEqual(policy(SERVICE, NO_WISH), own)
    assert.deepEqual(policy(SERVICE, { ...NO_WISH, uris: [SPIFFE_ID] }), own)
  })

  test('host names are those that are listed and asked for, once each', () => {
    const wish = { ...NO_WISH, dns: ['svc.example.org', 'svc.example.org'] }
    const value = { spiffe: SPIFFE_ID, dns: ['svc.example.org'] }
    assert.deepEqual(policy(SERVICE, wish), { ok: true, value })
    const other = policy({ ...SERVICE, tenant: 'globex' }, wish)
    assert.deepEqual(other, { ok: false, error: 'not-allowed' })
  })

  test('who acts for another takes no name home', () => {
    const actor = { subject: 'agt_1' }
    for (const type of ['agent', 'user'] as const) {
      const answer = policy({ tenant: 'acme', type, id: 'usr_1', actor }, NO_WISH)
      assert.deepEqual(answer, { ok: false, error: 'delegated' })
    }
  })

  test('an agent has no name even when it does not say for whom it acts', () => {
    const answer = policy({ tenant: 'acme', type: 'agent', id: 'agt_1' }, NO_WISH)
    assert.deepEqual(answer, { ok: false, error: 'delegated' })
  })

  test('what is listed by mistake is no host name either', () => {
    const listing = issuancePolicy({ trustDomain: 'example.org', dnsNames: () => ['a_b.example'] })
    const answer = listing(SERVICE, { ...NO_WISH, dns: ['a_b.example'] })
    assert.deepEqual(answer, { ok: false, error: 'not-allowed' })
  })

  test('ids that could be read as another path have no name', () => {
    for (const id of ['a/b', '..', '.', '', 'a%2fb', 'auth0|1', 'é', 'a b', 'a'.repeat(2048)]) {
      assert.deepEqual(policy({ ...SERVICE, id }, NO_WISH), { ok: false, error: 'principal' }, id)
      const tenant = policy({ ...SERVICE, tenant: id }, NO_WISH)
      assert.deepEqual(tenant, { ok: false, error: 'principal' }, id)
    }
  })

  test('a trust domain that is no host name is a mistake of the configuration', () => {
    assert.throws(() => issuancePolicy({ trustDomain: 'Example.org/' }), { name: 'ConfigError' })
  })
})
