import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ConfigError, UnavailableError } from '../core/errors.ts'
import { err, ok } from '../core/result.ts'
import { mint } from '../testing/mint.ts'
import type { FetchJson, FetchOutcome } from '../net/seam.ts'
import { algorithmNamed } from './algorithms.ts'
import { issuerKeySet, type IssuerKeySetOptions } from './issuer-key-set.ts'
import { discoverIssuer } from './issuer-metadata.ts'

const ISSUER = 'https://auth.example'
const TENANT = 'https://auth.example/t/acme'
const MISSING: FetchOutcome = err({ kind: 'status', status: 404, message: 'status 404' })
const ES256 = algorithmNamed('ES256')
assert(ES256 !== undefined)

/** The documents of a server; everything else is 404. */
function serving(documents: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const fetchJson: FetchJson = async ({ url }) => {
    asked.push(url)
    return Object.hasOwn(documents, url) ? ok(documents[url]) : MISSING
  }
  return { asked, fetchJson }
}

const metadata = (issuer: string, more: object = {}): object => ({
  issuer,
  jwks_uri: 'https://keys.example/jwks',
  ...more,
})

describe('discoverIssuer', () => {
  const PLACES = [
    'https://auth.example/.well-known/oauth-authorization-server/t/acme',
    'https://auth.example/.well-known/openid-configuration/t/acme',
    'https://auth.example/t/acme/.well-known/openid-configuration',
  ]
  for (const [index, place] of PLACES.entries()) {
    it(`finds ${place}`, async () => {
      const { asked, fetchJson } = serving({ [place]: metadata(TENANT) })
      const { jwksUri } = await discoverIssuer(TENANT, { fetchJson })
      assert.equal(jwksUri, 'https://keys.example/jwks')
      assert.deepEqual(asked, PLACES.slice(0, index + 1))
    })
  }
  it('keeps the final slash in the issuer, and out of the path', async () => {
    const place = 'https://auth.example/.well-known/oauth-authorization-server'
    const { fetchJson } = serving({ [place]: metadata(`${ISSUER}/`) })
    assert.equal((await discoverIssuer(`${ISSUER}/`, { fetchJson })).issuer, `${ISSUER}/`)
    await assert.rejects(discoverIssuer(ISSUER, { fetchJson }), /another issuer/)
  })
  const wrong: readonly (readonly [string, unknown])[] = [
    ['another issuer (SR-055)', metadata('https://evil.example')],
    ['an issuer in another case (SR-055)', metadata('https://AUTH.example')],
    ['no issuer', { jwks_uri: 'https://keys.example/jwks' }],
    ['a list of issuers', metadata(ISSUER, { issuer: [ISSUER] })],
    ['no jwks_uri', { issuer: ISSUER }],
    ['a jwks_uri that is no text', metadata(ISSUER, { jwks_uri: ['https://keys.example'] })],
    ['a list', []],
    ['null', null],
  ]
  for (const [what, document] of wrong) {
    it(`refuses a document with ${what}, and looks no further`, async () => {
      const good = { 'https://auth.example/.well-known/openid-configuration': metadata(ISSUER) }
      const { asked, fetchJson } = serving({
        'https://auth.example/.well-known/oauth-authorization-server': document,
        ...good,
      })
      await assert.rejects(discoverIssuer(ISSUER, { fetchJson }), UnavailableError)
      assert.equal(asked.length, 1)
    })
  }
  it('looks no further where the issuer cannot be reached', async () => {
    let asked = 0
    const fetchJson: FetchJson = async () => {
      asked += 1
      return err({ kind: 'unreachable', message: 'refused' })
    }
    await assert.rejects(discoverIssuer(ISSUER, { fetchJson }), UnavailableError)
    assert.equal(asked, 1)
  })
})

const { jwks, key } = await mint.jwt()

describe('issuerKeySet', () => {
  const { kid } = key
  const documents = {
    'https://auth.example/.well-known/oauth-authorization-server': metadata(ISSUER),
    'https://keys.example/jwks': jwks,
  }
  const setOf = (more: Partial<IssuerKeySetOptions>) => issuerKeySet({ issuer: ISSUER, ...more })

  it('follows the keys that the issuer names, and asks for the metadata once', async () => {
    const { asked, fetchJson } = serving(documents)
    const keys = setOf({ fetchJson })
    const found = await Promise.all([1, 2, 3].map(async () => keys.find(ES256, kid)))
    assert(found.every((one) => one !== undefined))
    assert(!(keys.find(ES256, kid) instanceof Promise), 'from memory')
    assert.equal(asked.length, 2)
  })
  it('is unavailable while the issuer is, asks once a second, and recovers', async () => {
    let now = 0
    let isDown = true
    let asked = 0
    const up = serving(documents)
    const fetchJson: FetchJson = async (request) => {
      asked += 1
      return isDown ? err({ kind: 'unreachable', message: 'refused' }) : up.fetchJson(request)
    }
    const keys = setOf({ fetchJson, clock: () => now })
    const find = async () => keys.find(ES256, kid)
    await assert.rejects(find, UnavailableError)
    await assert.rejects(find, /auth\.example: refused/)
    assert.equal(asked, 1)
    isDown = false
    now += 1000
    assert.notEqual(await find(), undefined)
  })
  for (const jwksUri of [
    'http://keys.example/jwks',
    'https://127.0.0.1/jwks',
    'file:///etc/keys',
  ]) {
    it(`SR-504: does not go where the issuer must not lead: ${jwksUri}`, async () => {
      const place = 'https://auth.example/.well-known/oauth-authorization-server'
      const { asked, fetchJson } = serving({ [place]: metadata(ISSUER, { jwks_uri: jwksUri }) })
      await assert.rejects(async () => setOf({ fetchJson }).find(ES256, 'k'), UnavailableError)
      assert.deepEqual(asked, [place])
    })
  }
  it('is not made for an issuer that will never be asked', () => {
    for (const issuer of ['http://auth.example', 'https://127.0.0.1', 'auth', `${ISSUER}?x=1`]) {
      assert.throws(() => setOf({ issuer }), ConfigError)
    }
  })
})
