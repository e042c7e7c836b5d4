import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { crc32 as zlibCrc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { crc32 } from './crc32.ts'
import {
  CREDENTIAL_LENGTHS,
  credentialPattern,
  parseCredential,
  serializeCredential,
} from './credential-format.ts'
import { ConfigError } from './errors.ts'
import { mintCredential } from './mint-credential.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const all = (value: string, alphabet: string): boolean =>
  value.split('').every((letter) => alphabet.includes(letter))

/** The grammar again, as plainly as it can be said: what the fast parser is compared with. */
function naiveParse(text: string): string | readonly string[] {
  const parts = text.split('_')
  const [brand = '', environment = '', id = '', tail = ''] = parts
  const lower = 'abcdefghijklmnopqrstuvwxyz'
  const wellFormed =
    parts.length === 4 &&
    brand.length >= 2 &&
    brand.length <= 16 &&
    all(brand.charAt(0), lower) &&
    all(brand, `${lower}0123456789`) &&
    environment.length >= 2 &&
    environment.length <= 16 &&
    all(environment, lower) &&
    id.length === 12 &&
    all(id, BASE62) &&
    tail.length === 38 &&
    all(tail, BASE62)
  if (!wellFormed) return 'malformed'
  let rest = zlibCrc32(text.slice(0, -6))
  let sum = ''
  for (let digit = 0; digit < 6; digit += 1) {
    sum = BASE62.charAt(rest % 62) + sum
    rest = Math.floor(rest / 62)
  }
  return text.endsWith(sum) ? [brand, environment, id] : 'checksum-invalid'
}

function parse(text: string): string | readonly string[] {
  const parsed = parseCredential(text)
  if (!parsed.ok) return parsed.error
  return [parsed.value.brand, parsed.value.environment, parsed.value.id]
}

const letters = (alphabet: string, min: number, max = min) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength: min, maxLength: max })
const credential = fc
  .record({
    brand: letters('abcdefghijklmnopqrstuvwxyz', 2, 16),
    environment: letters('abcdefghijklmnopqrstuvwxyz', 2, 16),
    id: letters(BASE62, 12),
    secret: letters(BASE62, 32),
  })
  .map(({ secret, ...parts }) => ({ parts, text: serializeCredential(parts, secret) }))

describe('the credential grammar', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(credential, ({ parts, text }) => {
        assert.deepEqual(parseCredential(text), { ok: true, value: parts })
      }),
    )
  })

  it('agrees with the naive parser on credentials, on damaged ones and on noise', () => {
    const damaged = fc
      .tuple(
        credential,
        fc.nat(),
        fc.constantFrom('', '_', 'a', 'Z', '0', ' ', 'é', '\u0000'),
        fc.nat(2),
      )
      .map(([{ text }, at, piece, drop]) => {
        const position = at % (text.length + 1)
        return text.slice(0, position) + piece + text.slice(position + drop)
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        assert.deepEqual(parse(text), naiveParse(text))
      }),
      { numRuns: 1000 },
    )
  })

  it('notices every single changed character and every swapped pair', () => {
    const text = mintCredential({ brand: 'acme', environment: 'live' }).credential.reveal()
    for (let at = 0; at < text.length; at += 1) {
      for (const letter of '_aZ0') {
        if (letter === text[at]) continue
        assert.ok(!parseCredential(text.slice(0, at) + letter + text.slice(at + 1)).ok)
      }
      const swapped = `${text.slice(0, at)}${text[at + 1] ?? ''}${text[at]}${text.slice(at + 2)}`
      if (swapped !== text) assert.ok(!parseCredential(swapped).ok, `swapped at ${at}`)
    }
  })

  it('is quick about megabytes of noise', () => {
    for (const noise of ['_', 'a', 'acme_live_', 'acme_live_AAAAAAAAAAAA_']) {
      assert.deepEqual(parseCredential(noise.repeat(1_000_000)).ok, false)
    }
  })

  it('holds 190 bits of secret, more than the 160 asked for (SR-019, SR-201)', () => {
    assert.ok(CREDENTIAL_LENGTHS.secret * Math.log2(62) >= 190)
    assert.ok(CREDENTIAL_LENGTHS.id * Math.log2(62) >= 71)
  })

  it('mints credentials that differ in id and secret', () => {
    const minted = Array.from({ length: 1000 }, () =>
      mintCredential({ brand: 'acme', environment: 'live' }),
    )
    assert.equal(new Set(minted.map(({ id }) => id)).size, 1000)
    assert.equal(new Set(minted.map(({ credential: text }) => text.reveal().slice(23))).size, 1000)
    for (const { id, credential: text } of minted) {
      assert.deepEqual(parse(text.reveal()), ['acme', 'live', id])
    }
  })

  it('mints nothing outside of the grammar', () => {
    for (const brand of ['', 'a', 'A1', '1a', 'a_b', 'a'.repeat(17), 'a-b']) {
      assert.throws(() => mintCredential({ brand, environment: 'live' }), ConfigError)
    }
    for (const environment of ['', 'a', 'Live', 'live1', 'a_b', 'a'.repeat(17)]) {
      assert.throws(() => mintCredential({ brand: 'acme', environment }), ConfigError)
    }
  })
})

describe('the pattern for secret scanners', () => {
  const one = mintCredential({ brand: 'acme', environment: 'live' }).credential.reveal()
  const two = mintCredential({ brand: 'acme', environment: 'test' }).credential.reveal()

  it('finds every credential of the brand in any text', () => {
    const text = `key=${one}\n"${two}",${one};${'x'.repeat(1000)} ${two}`
    assert.deepEqual(text.match(credentialPattern('acme')), [one, two, one, two])
    assert.deepEqual(text.match(credentialPattern('acme', ['live'])), [one, one])
  })

  it('does not find what only looks like one', () => {
    for (const text of [`x${one}`, `${one}x`, `_${one}`, `${one}_`, one.slice(0, -1)]) {
      assert.equal(text.match(credentialPattern('acme')), null, text)
    }
    assert.equal(one.match(credentialPattern('other')), null)
  })

  it('cannot be made of a brand that is a regular expression', () => {
    assert.throws(() => credentialPattern('a.*b'), ConfigError)
    assert.throws(() => credentialPattern('acme', ['live|.*']), ConfigError)
  })
})

describe('crc32', () => {
  it('gives the check value of CRC-32/ISO-HDLC', () => {
    assert.equal(crc32('123456789'), 0xcbf43926)
  })

  it('gives the checksum of the token that GitHub published', () => {
    let rest = crc32('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')
    let text = ''
    for (let digit = 0; digit < 6; digit += 1) {
      text = BASE62.charAt(rest % 62) + text
      rest = Math.floor(rest / 62)
    }
    assert.equal(text, '0mLq17')
  })

  it('agrees with zlib on ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (text) => {
        assert.equal(crc32(text), zlibCrc32(text))
      }),
    )
  })
})
