import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { FetchView, splitAuthorization } from './fetch-message.ts'

describe('a body above the bound', () => {
  it('SR-503: is refused at once, however much of it is still to come', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(1000))
      },
    })
    const init = { method: 'POST', body: endless, duplex: 'half' }
    const view = new FetchView(new Request('https://api.example.test/', init), {})
    assert.deepEqual(await view.body(5000), { ok: false, error: 'request.body-too-large' })
    assert(sent < 20, 'no more is asked for')
  })
})

describe('splitAuthorization', () => {
  const one = [
    'Bearer abc',
    'Basic dXNlcjpwYXNz',
    'AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0af1',
    'AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/s3/aws4_request,SignedHeaders=host,Signature=0af1',
    'Digest username="u", realm="r", response="abc="',
  ]
  for (const value of one) {
    it(`leaves one credential whole: ${value}`, () => {
      assert.deepEqual(splitAuthorization(value), [value])
    })
  }
  const several = [
    'Bearer abc, Bearer def',
    'Bearer abc, Bearer abc',
    'Bearer abc,Bearer def',
    'Bearer abc, Basic dXNlcjpwYXNz',
    'Bearer abc, garbage',
    'Bearer abc, ',
    ', Bearer abc',
    'Bearer abc, a=b',
    'Bearer abc=, Bearer def=',
    'Basic dXNlcjpwYXNz==, Bearer x',
    'AWS4-HMAC-SHA256 Credential=a, Signature=b, Bearer abc',
    'Bearer abc, AWS4-HMAC-SHA256 Credential=a, Signature=b',
    'Digest username="a, b", realm="r"',
  ]
  for (const value of several) {
    it(`does not pass as one credential: ${value}`, () => {
      assert(splitAuthorization(value).length > 1)
    })
  }
})

const view = (url: string, init?: RequestInit): FetchView =>
  new FetchView(new Request(url, init), {})

describe('FetchView', () => {
  it('tells scheme, authority and target of the URL', () => {
    const cases = [
      ['https://api.example.test/orders?page=2', 'https', 'api.example.test', '/orders?page=2'],
      ['http://127.0.0.1:8080/', 'http', '127.0.0.1:8080', '/'],
      ['http://[::1]:8080/a/b', 'http', '[::1]:8080', '/a/b'],
      ['https://api.example.test', 'https', 'api.example.test', '/'],
      ['https://api.example.test?x=//y/', 'https', 'api.example.test', '/?x=//y/'],
    ] as const
    for (const [url, scheme, authority, target] of cases) {
      const seen = view(url)
      assert.deepEqual([seen.scheme, seen.authority, seen.target], [scheme, authority, target])
    }
  })
  it('believes what the connection tells over the URL', () => {
    const request = new Request('http://api.example.test/')
    const seen = new FetchView(request, { scheme: 'https', remoteAddress: '192.0.2.1' })
    assert.deepEqual([seen.scheme, seen.remoteAddress], ['https', '192.0.2.1'])
  })
  it('knows no address by itself, whatever headers say', () => {
    const headers = { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' }
    assert.equal(view('https://api.example.test/', { headers }).remoteAddress, undefined)
  })
  it('sees two Authorization headers that were joined', () => {
    const headers = new Headers([
      ['Authorization', 'Bearer a'],
      ['authorization', 'Bearer b'],
    ])
    const seen = view('https://api.example.test/', { headers })
    assert.deepEqual(seen.header('authorization'), ['Bearer a', 'Bearer b'])
    assert.deepEqual(seen.header('x-absent'), [])
  })
})
