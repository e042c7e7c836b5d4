import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Secret } from 'countersign'
import { hashPassword, matchesPassword } from './passwords.ts'

const password = new Secret('correct horse battery staple')

describe('passwords', () => {
  it('are hashed with Argon2id, 19 MiB, two passes, and a salt each', async () => {
    const [one, other] = await Promise.all([hashPassword(password), hashPassword(password)])
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    assert.notEqual(one, other)
    assert.ok(!one.includes(password.reveal()))
  })

  it('match only themselves', async () => {
    const encoded = await hashPassword(password)
    assert.equal(await matchesPassword(password, encoded), true)
    for (const wrong of ['', 'correct horse battery stapl', 'Correct horse battery staple']) {
      assert.equal(await matchesPassword(new Secret(wrong), encoded), false)
    }
  })

  it('match in another Unicode form: the same keys on two systems', async () => {
    const encoded = await hashPassword(new Secret('caf\u00e9-caf\u00e9'))
    assert.equal(await matchesPassword(new Secret('cafe\u0301-cafe\u0301'), encoded), true)
  })

  it('follow the parameters of the stored hash, so that they can be raised', async () => {
    // RFC 9106 has no PHC vectors; this one is of the reference implementation.
    const encoded =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    assert.equal(await matchesPassword(new Secret('password'), encoded), true)
    assert.equal(await matchesPassword(new Secret('passwort'), encoded), false)
  })

  it('never match nobody, whatever is sent', async () => {
    for (const sent of ['', 'x', password.reveal()]) {
      assert.equal(await matchesPassword(new Secret(sent), undefined), false)
    }
  })

  it('never match a hash that cannot be read or asks for absurd work', async () => {
    const bad = [
      '',
      'x',
      '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
      '$2b$10$x',
    ]
    bad.push('$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8Ar')
    for (const encoded of bad) assert.equal(await matchesPassword(password, encoded), false)
  })
})
