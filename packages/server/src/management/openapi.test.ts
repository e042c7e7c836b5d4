import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { callerWith } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'
import { openApiDocument } from './openapi.ts'
import { TABLE } from './table.ts'

type Json = Record<string, unknown>

let test: TestAuthority
before(async () => {
  test = await openAuthority()
})
after(() => test.close())

/** As it is served, not as it is in memory. */
async function served(): Promise<Json> {
  const answer = await callerWith(test)('GET', '/v1/openapi.json')
  assert.equal(answer.status, 200)
  return answer.body
}

const at = (value: unknown, ...path: readonly string[]): unknown => {
  let found: unknown = value
  for (const name of path) {
    assert.ok(typeof found === 'object' && found !== null && name in found, path.join(' / '))
    found = (found as Json)[name]
  }
  return found
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(await served())
    assert.ok(result.valid, JSON.stringify(result.errors, undefined, 1))
  })

  it('describes every route of the table once, with its status and its scope', async () => {
    const document = await served()
    const ids = new Set<unknown>()
    for (const { path, method, status, scope } of TABLE) {
      const operation = at(document, 'paths', path, method)
      at(operation, 'responses', String(status))
      assert.match(String(at(operation, 'description')), new RegExp(`\`${scope}\``))
      ids.add(at(operation, 'operationId'))
    }
    assert.equal(ids.size, TABLE.length)
  })

  it('refers only to what is there, and everything there is referred to', async () => {
    const text = JSON.stringify(await served())
    const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name)
    const schemas = Object.keys(at(await served(), 'components', 'schemas') as Json)
    assert.deepEqual(new Set(named), new Set(schemas))
  })

  it('forbids unknown members in every body, as the API does', async () => {
    const schemas = at(await served(), 'components', 'schemas')
    for (const name of ['NewKey', 'KeyChange', 'NewUser', 'NewClient', 'NewService']) {
      assert.equal(at(schemas, name, 'additionalProperties'), false, name)
    }
  })

  it('shows secrets in answers to creation only', () => {
    const { components } = openApiDocument('https://auth.example.com')
    const schemas = at(components, 'schemas') as Record<string, { properties?: Json }>
    const telling = Object.entries(schemas).filter(
      ([, { properties = {} }]) => 'secret' in properties || 'password' in properties,
    )
    assert.deepEqual(telling.map(([name]) => name).toSorted(), [
      'IssuedClient',
      'IssuedKey',
      'IssuedPassword',
      'IssuedSecret',
      'IssuedSigningCredential',
      'IssuedUser',
      'NewPassword',
      'NewUser',
      'RotatedKey',
      'RotatedSigningCredential',
    ])
    assert.doesNotMatch(JSON.stringify(schemas), /digest|pepper|sealed/)
  })
})
