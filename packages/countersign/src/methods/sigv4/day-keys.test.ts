import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { mac } from '#crypto'
import { Secret } from '../../core/secret.ts'
import { DayKeys } from './day-keys.ts'
import { deriveSigningKey } from './derive.ts'
import type { SigV4Key } from './source.ts'

const SCOPE = { date: '20260101', region: 'local', service: 'orders' }
const SECRET = new Secret('a secret of some length')

const recordOf = (key: SigV4Key) => ({
  id: 'AKID',
  tenant: 'default',
  principalId: 'svc_1',
  scopes: [],
  key,
})

const signs = async (keys: DayKeys, key: SigV4Key, scope = SCOPE): Promise<string> =>
  mac(await keys.of(recordOf(key), scope), 'text', 'hex')

describe('the key of a record', () => {
  it('is the same from the secret and from the signing key that was derived of it', async () => {
    const signingKey = await deriveSigningKey(SECRET, SCOPE)
    const keys = new DayKeys()
    const expected = await signs(keys, { secret: SECRET })
    for (let time = 0; time < 3; time += 1) {
      assert.equal(await signs(keys, { secret: SECRET }), expected)
      assert.equal(await signs(keys, { signingKey }), expected)
    }
  })

  it('is another one once its bytes are overwritten, or its secret is replaced', async () => {
    const keys = new DayKeys()
    const signingKey = await deriveSigningKey(SECRET, SCOPE)
    const before = [await signs(keys, { secret: SECRET }), await signs(keys, { signingKey })]
    const other = new Secret('another secret of some length')
    signingKey.set(await deriveSigningKey(other, SCOPE))
    const after = await signs(keys, { signingKey })
    assert.ok(!before.includes(after))
    assert.equal(await signs(keys, { secret: other }), after)
  })

  it('is another one in another scope', async () => {
    const keys = new DayKeys()
    const today = await signs(keys, { secret: SECRET })
    assert.notEqual(await signs(keys, { secret: SECRET }, { ...SCOPE, date: '20260102' }), today)
    assert.notEqual(await signs(keys, { secret: SECRET }, { ...SCOPE, region: 'x' }), today)
  })

  it('is imported once', async () => {
    const keys = new DayKeys()
    const signingKey = new Uint8Array(32).fill(7)
    const of = () => keys.of(recordOf({ signingKey }), SCOPE)
    assert.equal(await of(), await of())
  })
})
