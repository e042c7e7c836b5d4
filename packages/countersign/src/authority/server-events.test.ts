import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { parseFeedMessage } from './feed-message.ts'
import { readServerEvents } from './server-events.ts'

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

async function read(text: string, size = 1, max = 1000): Promise<unknown[]> {
  const events = []
  for await (const event of readServerEvents(chunked(text, size), max)) events.push(event)
  return events
}

async function* noUtf8(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0x64, 0xff, 0x0a)
}

describe('readServerEvents', () => {
  const cases: readonly (readonly [string, string, unknown[]])[] = [
    ['one event', 'event: a\nid: 1\ndata: {"x":1}\n\n', [{ event: 'a', data: '{"x":1}' }]],
    ['CRLF', 'event: a\r\ndata: x\r\n\r\n', [{ event: 'a', data: 'x' }]],
    ['no space after the colon', 'event:a\ndata:x\n\n', [{ event: 'a', data: 'x' }]],
    ['several data lines', 'data: x\ndata: y\n\n', [{ event: 'message', data: 'x\ny' }]],
    [
      'comments and unknown fields',
      ': hi\nretry: 5\ndata: x\n\n',
      [{ event: 'message', data: 'x' }],
    ],
    ['letters of several bytes', 'data: ü€𝄞\n\n', [{ event: 'message', data: 'ü€𝄞' }]],
    ['an event without data', 'event: a\n\ndata: x\n\n', [{ event: 'a', data: 'x' }]],
    ['an event that was cut off', 'data: x\n\ndata: y\n', [{ event: 'message', data: 'x' }]],
  ]
  for (const [what, text, expected] of cases) {
    it(`reads ${what}, however it is cut into chunks`, async () => {
      for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(await read(text, size), expected)
    })
  }
  it('keeps no event without an end', async () => {
    await assert.rejects(read(`data: ${'x'.repeat(2000)}`, 100), RangeError)
    await assert.rejects(read('data: 0123456789\n'.repeat(200), 100), RangeError)
  })
  it('refuses bytes that are no UTF-8', async () => {
    await assert.rejects(async () => {
      for await (const _ of readServerEvents(noUtf8(), 100)) assert.fail('read')
    }, TypeError)
  })
})

const named = { tenant: 'default', kind: 'token', subject: 'jti', expiresAt: 9 }
const parse = (event: string, body: unknown) =>
  parseFeedMessage({ event, data: typeof body === 'string' ? body : JSON.stringify(body) })

describe('parseFeedMessage', () => {
  it('reads the three messages', () => {
    assert.deepEqual(parse('heartbeat', { sequence: 3, now: 5 }), {
      event: 'heartbeat',
      sequence: 3,
    })
    assert.deepEqual(parse('change', { sequence: 4, ...named, issuedBefore: 7 }), {
      event: 'change',
      sequence: 4,
      revocation: { ...named, issuedBefore: 7 },
    })
    assert.deepEqual(parse('snapshot', { sequence: 5, revocations: [{ sequence: 1, ...named }] }), {
      event: 'snapshot',
      sequence: 5,
      revocations: [named],
    })
  })
  it('ignores events of a newer authority', () => {
    assert.equal(parse('weather', '{}'), undefined)
  })
  const broken: readonly (readonly [string, unknown])[] = [
    ['change', 'no JSON'],
    ['change', 'null'],
    ['heartbeat', {}],
    ['heartbeat', { sequence: '3' }],
    ['snapshot', { sequence: 1 }],
    ['snapshot', { sequence: 1, revocations: [null] }],
    ['change', { sequence: 1, ...named, kind: 'planet' }],
    ['change', { sequence: 1, ...named, kind: 'toString' }],
    ['change', { sequence: 1, ...named, subject: 7 }],
    ['change', { sequence: 1, ...named, expiresAt: null }],
    ['change', { sequence: 1, ...named, issuedBefore: 'now' }],
  ]
  for (const [event, body] of broken) {
    it(`never skips what it cannot read: ${event} ${JSON.stringify(body)}`, () => {
      assert.throws(() => parse(event, body))
    })
  }
})
