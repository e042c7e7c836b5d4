import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { resolveClient } from './forwarded.ts'
import { parseNetwork } from './network.ts'
import { requestView } from '../testing/request.ts'

const PROXIES = ['10.0.0.0/8', '::1'].map(parseNetwork)

function resolve(
  remoteAddress: string,
  forwardedFor: readonly string[],
  forwardedProto: readonly string[] = [],
): readonly [string, string | undefined] {
  const view = requestView({
    scheme: 'http',
    remoteAddress,
    headers: [
      ...forwardedFor.map((value) => ['x-forwarded-for', value] as const),
      ...forwardedProto.map((value) => ['x-forwarded-proto', value] as const),
    ],
  })
  const { scheme, address } = resolveClient(view, PROXIES)
  return [scheme, address]
}

describe('the client behind proxies', () => {
  it('is the socket’s peer when that is no trusted proxy, whatever it claims (SR-303)', () => {
    assert.deepEqual(resolve('192.0.2.1', ['203.0.113.5'], ['https']), ['http', '192.0.2.1'])
  })

  it('is the socket’s peer when nobody is trusted', () => {
    const headers = [['x-forwarded-for', '203.0.113.5']] as const
    const view = requestView({ scheme: 'http', remoteAddress: '10.0.0.1', headers })
    assert.equal(resolveClient(view, []).address, '10.0.0.1')
  })

  it('is read from the right: what stands left of it, the client wrote', () => {
    for (const [forwarded, expected] of [
      [['203.0.113.5'], '203.0.113.5'],
      [['1.1.1.1, 203.0.113.5'], '203.0.113.5'],
      [['1.1.1.1, 203.0.113.5, 10.9.9.9'], '203.0.113.5'],
      [['1.1.1.1', '203.0.113.5'], '203.0.113.5'],
      [['10.1.1.1, 10.2.2.2'], '10.1.1.1'],
      [['2001:db8::5'], '2001:db8::5'],
      [[], '10.0.0.1'],
    ] as const) {
      assert.equal(resolve('10.0.0.1', forwarded)[1], expected, JSON.stringify(forwarded))
    }
  })

  it('is the proxy when the entry cannot be read', () => {
    for (const bad of ['unknown', '', '203.0.113.5:4711', '203.0.113.5, _hidden', '1.1.1.1,,']) {
      assert.equal(resolve('10.0.0.1', [bad])[1], '10.0.0.1', bad)
    }
  })

  it('used HTTPS only if the nearest proxy says so', () => {
    for (const [proto, expected] of [
      [['https'], 'https'],
      [['HTTPS'], 'https'],
      [['http'], 'http'],
      [['https, http'], 'http'],
      [['http, https'], 'https'],
      [['https', 'http'], 'http'],
      [['httpsx'], 'http'],
      [[], 'http'],
    ] as const) {
      assert.equal(resolve('::1', ['203.0.113.5'], proto)[0], expected, JSON.stringify(proto))
    }
  })
})
