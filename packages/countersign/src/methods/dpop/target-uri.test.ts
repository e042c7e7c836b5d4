import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dpopRequest, reasonAt, testDpop } from '../../testing/dpop-desk.ts'
import type { RequestParts } from '../../testing/request.ts'

const NOW = 1_795_499_200

describe('the target of a proof', () => {
  const same: readonly (readonly [htu: string, parts: RequestParts])[] = [
    ['HTTPS://API.EXAMPLE.TEST/orders', {}],
    ['https://api.example.test:443/orders', {}],
    ['https://api.example.test/orders?other=query', {}],
    ['https://api.example.test/orders#fragment', {}],
    ['https://api.example.test/orders', { authority: 'API.example.test:443' }],
    ['https://api.example.test:8443/orders', { authority: 'api.example.test:8443' }],
    ['http://api.example.test/orders', { scheme: 'http', authority: 'api.example.test:80' }],
    ['https://[::1]:3000/orders', { authority: '[::1]:3000' }],
    ['https://api.example.test', { target: '/' }],
    ['https://api.example.test/a%2fb/%7Ec', { target: '/a%2Fb/~c' }],
    ['https://api.example.test//a/../b', { target: '//a/../b' }],
  ]
  for (const [htu, parts] of same) {
    it(`${htu} is ${JSON.stringify(parts)}`, async () => {
      const { method, material, forge } = await testDpop(NOW)
      const proof = await forge.proof({ claims: { htu } })
      assert.equal(
        await reasonAt(NOW, method(), dpopRequest(material.accessToken, proof, parts)),
        'allowed',
      )
    })
  }

  const different: readonly (readonly [htu: string, parts: RequestParts])[] = [
    ['https://api.example.test/orders', { scheme: 'http' }],
    ['https://api.example.test/orders', { authority: 'other.example.test' }],
    ['https://api.example.test/orders', { authority: '' }],
    ['https://:443/orders', { authority: ':443' }],
    ['https://api.example.test/orders', { target: '/Orders' }],
    ['https://api.example.test/orders', { target: '/orders/' }],
    ['https://api.example.test/orders', { target: 'https://api.example.test/orders' }],
    ['https://api.example.test/b', { target: '/a/../b' }],
    ['https://api.example.test/a/b', { target: '/a%2Fb' }],
    ['https://api.example.test/%41', { target: '/%2541' }],
    ['https://api.example.test:80/orders', { scheme: 'https' }],
  ]
  for (const [htu, parts] of different) {
    it(`${htu} is not ${JSON.stringify(parts)}`, async () => {
      const { method, material, forge } = await testDpop(NOW)
      const proof = await forge.proof({ claims: { htu } })
      const outcome = await reasonAt(NOW, method(), dpopRequest(material.accessToken, proof, parts))
      assert.equal(outcome, 'dpop.url-mismatch')
    })
  }

  it('is one of the origins that are named, whatever Host says', async () => {
    const { method, material, forge } = await testDpop(NOW)
    const origin = ['https://API.example.test:443', 'https://www.example.test']
    const resistant = method({ origin })
    const internal = { scheme: 'http', authority: '10.0.0.7:3000' } as const
    for (const [host, parts, expected] of [
      ['api.example.test', internal, 'allowed'],
      ['www.example.test', internal, 'allowed'],
      ['10.0.0.7:3000', internal, 'dpop.url-mismatch'],
      ['evil.example', { authority: 'evil.example' }, 'dpop.url-mismatch'],
    ] as const) {
      const proof = await forge.proof({ claims: { htu: `https://${host}/orders` } })
      const outcome = await reasonAt(
        NOW,
        resistant,
        dpopRequest(material.accessToken, proof, parts),
      )
      assert.equal(outcome, expected, host)
    }
  })
})
