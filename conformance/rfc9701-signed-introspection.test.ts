/** RFC 9701: introspection answers that are signed for whoever asked. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  introspectionRequest,
  processIntrospectionResponse,
  validateApplicationLevelSignature,
  type AuthorizationServer,
} from 'oauth4webapi'
import {
  addApiKey,
  discover,
  LOOPBACK,
  post,
  registerClient,
  startAuthority,
  tokenOf,
  type Served,
  type StrictClient,
} from './support.ts'

const TYPE = 'application/token-introspection+jwt'

let at: Served
let as: AuthorizationServer
let reader: StrictClient
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
  reader = await registerClient(at)
})
after(() => at.close())

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`oauth4webapi asks for one and verifies it: a ${accessTokenFormat} token (§4, §5)`, async () => {
    const token = await tokenOf(as, await registerClient(at, { accessTokenFormat }))
    const options = { ...LOOPBACK, requestJwtResponse: true }
    const response = await introspectionRequest(as, reader.client, reader.auth, token, options)
    assert.equal(response.headers.get('content-type'), TYPE)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const told = await processIntrospectionResponse(as, reader.client, response)
    await validateApplicationLevelSignature(as, response, LOOPBACK)
    assert.equal(told.active, true)
    assert.equal(told.iss, at.url)
  })
}

test('is for the caller alone, typed, and says of the token nothing outside its member (§5)', async () => {
  const { id, key } = await addApiKey(at, ['countersign:introspect'])
  for (const token of [await tokenOf(as, reader), 'nonsense']) {
    // oxlint-disable-next-line no-await-in-loop -- two requests
    const response = await post(`${at.url}/oauth/introspect`, `token=${token}`, {
      'x-api-key': key,
      accept: `text/html, ${TYPE};q=0.9`,
    })
    const keys = createRemoteJWKSet(new URL(`${at.url}/oauth/jwks`))
    // oxlint-disable-next-line no-await-in-loop -- see above
    const { payload } = await jwtVerify(await response.text(), keys, {
      issuer: at.url,
      typ: 'token-introspection+jwt',
    })
    assert.deepEqual(Object.keys(payload).toSorted(), ['aud', 'iat', 'iss', 'token_introspection'])
    assert.notEqual(payload.aud, id)
    assert.match(String(payload.aud), /^svc_/)
  }
})

test('is not given to who did not ask for it, and to nobody without proof (§4)', async () => {
  const token = await tokenOf(as, reader)
  const { key } = await addApiKey(at, ['countersign:introspect'])
  for (const accept of ['application/json', '*/*', 'application/*']) {
    // oxlint-disable-next-line no-await-in-loop -- three requests
    const response = await post(`${at.url}/oauth/introspect`, `token=${token}`, {
      'x-api-key': key,
      accept,
    })
    assert.equal(response.headers.get('content-type'), 'application/json')
  }
  const unproven = await post(`${at.url}/oauth/introspect`, `token=${token}`, { accept: TYPE })
  assert.equal(unproven.status, 401)
  assert.equal(unproven.headers.get('content-type'), 'application/json')
})
