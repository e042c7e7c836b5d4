import { strict as assert } from 'node:assert'
import { X509Certificate } from 'node:crypto'
import { before, describe, it, mock } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import {
  AuthorityDesk,
  DAY,
  issueFor,
  NOW,
  renewed,
  root,
  spkiOf,
  type Answer,
} from './authority-desk.test.ts'

let first: TestCertificate
let second: TestCertificate
let stranger: TestCertificate

before(async () => {
  ;[first, second, stranger] = await Promise.all([root('one'), root('two'), root('stranger')])
})

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

describe('certificateSource', () => {
  it('asks once, however many wait, and says what it wants', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source({ ttlSeconds: 3600, name: 'billing', dnsNames: ['a.example'] })
    const all = await Promise.all(Array.from({ length: 20 }, () => source.current()))
    source.close()
    assert.equal(new Set(all).size, 1)
    assert.deepEqual(desk.urls, ['https://auth.example.test/t/acme/v1/certificates'])
    // Who follows a redirect shows what it was given to somebody else.
    assert.deepEqual(desk.redirects, ['manual'])
    const [{ csr, ...wish } = {}] = desk.asked
    assert.deepEqual(wish, { scopes: ['orders:read'], ttlSeconds: 3600, name: 'billing' })
    assert.match(String(csr), /^-----BEGIN CERTIFICATE REQUEST-----\n/)
    assert.equal(all[0]?.ca, first.pem)
    assert.equal(all[0]?.serial, '01')
  })
  it('renews after half of the life, with a new key, and nobody waits for that', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    const one = await source.current()
    desk.clock.pass(DAY / 2 - 61)
    assert.equal(await source.current(), one)
    assert.equal(desk.asked.length, 1)
    desk.clock.pass(DAY / 10 + 1)
    const next = renewed(source)
    assert.equal(await source.current(), one)
    const two = await next
    assert.equal(await source.current(), two)
    source.close()
    assert.equal(two.serial, '02')
    assert.notEqual(two.key.reveal(), one.key.reveal())
  })
  it('renews by its own timer, when nobody asks', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const desk = new AuthorityDesk(first)
      const source = desk.source()
      await source.current()
      // The timer is set once the promise of the first one has settled.
      await Promise.resolve()
      const next = new Promise<string>((resolve) => {
        source.onChange(({ serial }) => resolve(serial))
      })
      desk.clock.pass(DAY * 0.6)
      mock.timers.tick(600_000)
      assert.equal(await next, '02')
      source.close()
    } finally {
      mock.timers.reset()
    }
  })
  it('does not ask again at once when its clock is far ahead of the authority', async () => {
    const desk = new AuthorityDesk(first)
    desk.answer = async (answer, csr) => ({ ...answer, certificate: await issued(csr, {}) })
    desk.clock.pass(1.8 * DAY)
    const source = desk.source()
    const one = await source.current()
    desk.clock.pass(DAY / 100)
    assert.equal(await source.current(), one)
    // As long as a renewal takes.
    const other = new AuthorityDesk(first).source()
    await other.current()
    other.close()
    assert.equal(desk.asked.length, 1)
    desk.clock.pass(DAY / 100)
    await renewed(source)
    source.close()
  })
  it('uses the old one while the authority is down, until its end and no longer', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    const one = await source.current()
    desk.outage = () => new Response('secret detail', { status: 500 })
    desk.clock.pass(DAY - 61)
    assert.equal(await source.current(), one)
    desk.clock.pass(2)
    await assert.rejects(source.current(), (error) => {
      assert(error instanceof UnavailableError)
      assert.equal(error.message, 'the authority answered 500 to a request for a certificate')
      return true
    })
    desk.outage = undefined
    desk.clock.pass(300)
    assert.equal((await source.current()).notAfter, desk.clock.now - 60 + DAY)
    source.close()
  })
  it('tries again ever slower, and not before the authority says', async () => {
    const desk = new AuthorityDesk(first)
    desk.outage = () => new Response(null, { status: 503, headers: { 'retry-after': '30' } })
    const source = desk.source()
    await assert.rejects(source.current(), { name: 'UnavailableError', retryAfterSeconds: 30 })
    desk.clock.pass(29)
    await assert.rejects(source.current(), { name: 'UnavailableError', retryAfterSeconds: 1 })
    assert.equal(desk.asked.length, 1)
    desk.outage = () => new Response(null, { status: 500 })
    for (let tries = 2; tries < 12; tries += 1) {
      desk.clock.pass(300)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await assert.rejects(source.current())
      assert.equal(desk.asked.length, tries)
    }
    desk.clock.pass(149)
    await assert.rejects(source.current())
    assert.equal(desk.asked.length, 11)
    source.close()
  })
  it('waits as usual when the authority says no number of seconds', async () => {
    for (const told of ['Wed, 21 Oct 2026 07:28:00 GMT', '-5', 'NaN']) {
      const desk = new AuthorityDesk(first)
      desk.outage = () => new Response(null, { status: 503, headers: { 'retry-after': told } })
      const source = desk.source()
      // oxlint-disable-next-line no-await-in-loop -- a failure names its value
      await assert.rejects(source.current(), { name: 'UnavailableError', retryAfterSeconds: 1 })
      source.close()
    }
  })
  it('keeps no process alive', async () => {
    const running = timers()
    const source = new AuthorityDesk(first).source()
    await source.current()
    await Promise.resolve()
    assert.equal(timers(), running)
    source.close()
  })
  it('says what failed, and not what was answered', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source({
      fetch: () => Promise.reject(new TypeError('http://user:secret@host', { cause: { code: 1 } })),
    })
    await assert.rejects(source.current(), /the authority cannot be reached: TypeError$/)
    source.close()
    assert.deepEqual(desk.errors, ['the authority cannot be reached: TypeError'])
  })
  it('prints no key', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    const current = await source.current()
    source.close()
    assert(!inspect(current, { depth: 9 }).includes('PRIVATE'))
    assert(!JSON.stringify(current).includes('PRIVATE'))
  })
  it('gives what it has after close, and asks for nothing', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    const one = await source.current()
    source.close()
    desk.clock.pass(DAY * 0.7)
    assert.equal(await source.current(), one)
    desk.clock.pass(DAY)
    await assert.rejects(source.current(), UnavailableError)
    assert.equal(desk.asked.length, 1)
  })
  it('tells every listener, also after one that throws, and none that stopped', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    await source.current()
    source.onChange(() => {
      throw new Error('a listener')
    })
    let heard = 0
    source.onChange(() => (heard += 1))
    const stop = source.onChange(() => assert.fail('stopped'))
    stop()
    desk.clock.pass(DAY * 0.6)
    await renewed(source)
    source.close()
    assert.equal(heard, 1)
    assert.deepEqual(desk.errors, ['a listener'])
  })
})

describe('SR-304: a change of roots', () => {
  it('is followed while old and new overlap', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source()
    await source.current()
    desk.root = second
    desk.answer = (answer) => ({ ...answer, bundle: first.pem + second.pem })
    desk.clock.pass(DAY * 0.6)
    const two = await renewed(source)
    assert.equal(two.ca, first.pem + second.pem)
    desk.answer = (answer) => answer
    desk.clock.pass(DAY * 0.6)
    assert.equal((await renewed(source)).ca, second.pem)
    source.close()
  })
  it('is not followed beyond roots that are pinned', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source({ ca: first.pem })
    desk.answer = (answer) => ({ ...answer, bundle: first.pem + stranger.pem })
    assert.equal((await source.current()).ca, first.pem)
    source.close()
    desk.root = second
    await assert.rejects(desk.source({ ca: first.pem }).current(), /no path to the bundle/)
  })
})

/** What a hostile or broken authority, or whoever stands in between, answers. */
interface HostileAnswer {
  readonly name: string
  readonly answer: (answer: Answer, csr: string) => unknown
  readonly refused: RegExp
}

const issued = (csr: string, change: Partial<Parameters<typeof issueFor>[0]>): Promise<string> =>
  issueFor({
    issuer: first,
    spki: spkiOf(csr),
    notBefore: NOW - 60,
    notAfter: NOW + 2 * DAY,
    serial: 9,
    ...change,
  })

const withCertificate =
  (change: () => Partial<Parameters<typeof issueFor>[0]>): HostileAnswer['answer'] =>
  async (answer, csr) => ({ ...answer, certificate: await issued(csr, change()) })

const HOSTILE_ANSWERS: readonly HostileAnswer[] = [
  {
    name: 'a certificate for another key',
    answer: withCertificate(() => ({ spki: stranger.spki })),
    refused: /the key is not the key of the certificate/,
  },
  {
    name: 'a certificate whose time is over',
    answer: withCertificate(() => ({ notAfter: NOW - 1 })),
    refused: /the certificate ended at/,
  },
  {
    name: 'a certificate whose time has not begun',
    answer: withCertificate(() => ({ notBefore: NOW + DAY })),
    refused: /the certificate begins at/,
  },
  {
    name: 'a certificate of somebody else, beside the bundle that is known',
    answer: withCertificate(() => ({ issuer: stranger })),
    refused: /no path to the bundle: no-path/,
  },
  {
    name: 'a signature of somebody else under the name of the authority',
    answer: withCertificate(() => ({ issuer: { ...first, key: stranger.key } })),
    refused: /no path to the bundle: signature|no path to the bundle: no-path/,
  },
  {
    name: 'a bundle without the certificate that it signed',
    answer: (answer) => ({ ...answer, bundle: stranger.pem }),
    refused: /none of the authorities that were trusted|no path to the bundle/,
  },
  {
    name: 'a bundle of which a part cannot be read',
    answer: (answer) => ({
      ...answer,
      bundle: `${answer.bundle}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    }),
    refused: /the bundle cannot be read/,
  },
  {
    name: 'an empty bundle',
    answer: (answer) => ({ ...answer, bundle: '' }),
    refused: /the bundle cannot be read/,
  },
  {
    name: 'a chain that cannot be read',
    answer: (answer) => ({
      ...answer,
      chain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    }),
    refused: /the chain cannot be read/,
  },
  {
    name: 'two certificates in place of one',
    answer: (answer) => ({ ...answer, certificate: answer.certificate + answer.bundle }),
    refused: /not one certificate/,
  },
  {
    name: 'text in place of a certificate',
    answer: (answer) => ({ ...answer, certificate: 'hello' }),
    refused: /the certificate is not PEM/,
  },
  { name: 'an answer without a bundle', answer: () => ({}), refused: /no certificate and bundle/ },
  { name: 'nothing', answer: () => null, refused: /no certificate and bundle/ },
  {
    name: 'more than any answer has (SR-503)',
    answer: (answer) => ({ ...answer, chain: 'x'.repeat(300_000) }),
    refused: /empty or too large/,
  },
]

const HOSTILE_RESPONSES: readonly (readonly [string, () => Response, RegExp])[] = [
  ['a page', () => new Response('<html>', { status: 201 }), /no certificate and bundle/],
  ['no body', () => new Response(null, { status: 201 }), /empty or too large/],
  ['success of another kind', () => Response.json({}, { status: 200 }), /answered 200/],
  ['a redirect', () => Response.redirect('https://evil.example.test/', 307), /answered 307/],
]

describe('a hostile authority: refused when nothing is known yet', () => {
  for (const { name, answer, refused } of HOSTILE_ANSWERS) {
    it(name, async () => {
      const desk = new AuthorityDesk(first)
      desk.answer = answer
      const source = desk.source()
      await assert.rejects(source.current(), { name: 'UnavailableError', message: refused })
      source.close()
    })
  }
  for (const [name, outage, refused] of HOSTILE_RESPONSES) {
    it(name, async () => {
      const desk = new AuthorityDesk(first)
      desk.outage = outage
      const source = desk.source()
      await assert.rejects(source.current(), { name: 'UnavailableError', message: refused })
      source.close()
    })
  }
})

describe('a hostile authority: refused at a renewal, and the old certificate stays', () => {
  const SWAP: HostileAnswer = {
    name: 'a foreign bundle, and a certificate that is good by it',
    answer: async (answer, csr) => ({
      certificate: await issued(csr, { issuer: stranger }),
      chain: '',
      bundle: stranger.pem,
    }),
    refused: /none of the authorities that were trusted until now/,
  }
  for (const { name, answer, refused } of [...HOSTILE_ANSWERS, SWAP]) {
    it(name, async () => {
      const desk = new AuthorityDesk(first)
      const source = desk.source()
      const one = await source.current()
      desk.answer = answer
      // The table speaks of the time at which the tests began: half a life ago, but for a minute.
      desk.lifeSeconds = 2 * DAY
      desk.clock.pass(DAY * 0.6)
      source.onChange(() => assert.fail('taken'))
      const heard = new Promise<void>((resolve) => {
        desk.errors.push = (message: string): number => {
          assert.match(message, refused)
          resolve()
          return 1
        }
      })
      assert.equal(await source.current(), one)
      await heard
      assert.equal(await source.current(), one)
      source.close()
    })
  }
})

describe('an issuer', () => {
  const issuers: readonly (readonly [string, string, boolean])[] = [
    ['http', 'http://auth.example.test', false],
    ['http, also where loopback is allowed', 'http://auth.example.test', true],
    ['a host that only begins like loopback', 'http://127.0.0.1.example.test', true],
    ['http on loopback, unless that is allowed', 'http://127.0.0.1:4180', false],
    ['no URL', 'auth.example.test', false],
    ['another scheme', 'file:///etc', true],
  ]
  for (const [name, issuer, allowHttp] of issuers) {
    it(`is not ${name}`, () => {
      const desk = new AuthorityDesk(first)
      assert.throws(() => desk.source({ issuer, unsafe: { allowHttp } }), ConfigError)
      const renewal = { issuer }
      assert.throws(() => desk.source({ renewal, unsafe: { allowHttp } }), ConfigError)
    })
  }
  it('on loopback can be http, where that is said', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source({ issuer: 'http://[::1]:4180', unsafe: { allowHttp: true } })
    await source.current()
    source.close()
    assert.deepEqual(desk.urls, ['http://[::1]:4180/v1/certificates'])
  })
})

describe('a certificate between a root and ours', () => {
  it('travels with it', async () => {
    const below = await mintTestCertificate({ name: 'below', ca: true, issuer: first })
    const desk = new AuthorityDesk(first)
    desk.answer = async (answer, csr) => ({
      ...answer,
      certificate: await desk.issue(spkiOf(csr), below),
      chain: below.pem,
    })
    const source = desk.source()
    const { cert } = await source.current()
    source.close()
    const subjects = cert
      .match(/-----BEGIN[^]*?END CERTIFICATE-----/g)
      ?.map((one) => new X509Certificate(one).subject)
    assert.deepEqual(subjects, ['CN=leaf', 'CN=below'])
  })
})
