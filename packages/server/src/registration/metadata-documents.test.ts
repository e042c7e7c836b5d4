import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { err, ok } from 'countersign'
import type { fetchDocument } from 'countersign/net'
import { profileOf } from '../profiles/profile.ts'
import { handClock } from '../testing/authority.ts'
import { DOCUMENT_ATTACKS, PRIVATE_URLS, URL_ATTACKS } from './document-attacks.ts'
import { metadataDocuments, type MetadataDocuments } from './metadata-documents.ts'
import type { MetadataDocumentOptions } from './terms.ts'

const URL_OF_CLIENT = 'https://app.example/client'
const DOCUMENT = {
  client_id: URL_OF_CLIENT,
  client_name: 'App',
  redirect_uris: ['https://app.example/cb'],
}

/** A web of one answer, that counts how often it was asked. */
interface Web {
  readonly documents: MetadataDocuments
  readonly clock: ReturnType<typeof handClock>
  readonly asked: () => number
  /** What it answers from now on. */
  readonly serve: (next: Served) => void
}

interface Served {
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly failure?: 'unreachable' | 'status' | 'refused' | 'redirect' | 'too-large' | 'timeout'
  readonly status?: number
}

function web(first: Served, options: Partial<MetadataDocumentOptions> = {}): Web {
  const clock = handClock()
  let asked = 0
  let served = first
  const fetch: typeof fetchDocument = ({ url }) => {
    asked += 1
    const { failure, headers, text, body, status } = served
    if (failure !== undefined) {
      const told = status === undefined ? {} : { status }
      return Promise.resolve(err({ kind: failure, message: 'no', ...told }))
    }
    const content = text ?? JSON.stringify(body ?? { ...DOCUMENT, client_id: url })
    const all: Readonly<Record<string, string>> = { 'content-type': 'application/json', ...headers }
    const header = (name: string): readonly string[] => {
      const value = all[name]
      return value === undefined ? [] : [value]
    }
    return Promise.resolve(ok({ header, body: new TextEncoder().encode(content) }))
  }
  const documents = metadataDocuments({
    options: { scopes: ['orders:read'], audiences: ['https://api.example.com'], ...options },
    profile: profileOf(),
    outbound: { allowPrivateHosts: [], allowHttp: false },
    clock: clock.read,
    fetchDocument: fetch,
  })
  return { documents, clock, asked: () => asked, serve: (next) => void (served = next) }
}

void describe('a document (draft-ietf-oauth-client-id-metadata-document)', () => {
  void test('describes a public client that people are asked about (SR-052, SR-054)', async () => {
    const found = await web({}).documents.find(URL_OF_CLIENT)
    assert.equal(found?.name, 'App')
    assert.deepEqual(found?.scopes, ['orders:read'])
    const { settings } = found ?? {}
    assert.deepEqual(
      [settings?.tokenEndpointAuthMethod, settings?.consent, settings?.origin],
      ['none', 'ask', 'metadata-document'],
    )
    assert.deepEqual(settings?.audiences, ['https://api.example.com'])
  })

  void test('may name what only other servers know', async () => {
    const grants = { grant_types: ['authorization_code', 'refresh_token', 'urn:x'] }
    const more = { response_types: ['code', 'token'], scope: 'openid orders:read admin', x_y: 1 }
    const found = await web({ body: { ...DOCUMENT, ...grants, ...more } }).documents.find(
      URL_OF_CLIENT,
    )
    assert.deepEqual(found?.settings.grantTypes, ['authorization_code', 'refresh_token'])
    assert.deepEqual(found?.scopes, ['orders:read'])
  })

  void test('shows no pages or pictures of others', async () => {
    const pages = { logo_uri: 'https://bank.example/logo', tos_uri: 'https://app.example/tos' }
    const found = await web({ body: { ...DOCUMENT, ...pages } }).documents.find(URL_OF_CLIENT)
    assert.equal(found?.settings.logoUri, null)
    assert.equal(found?.settings.tosUri, 'https://app.example/tos')
  })

  for (const [title, url] of URL_ATTACKS) {
    void test(`is not asked for at ${title}`, async () => {
      const { documents, asked } = web({})
      assert.equal(await documents.find(url), undefined)
      assert.equal(asked(), 0)
    })
  }

  for (const [title, change] of DOCUMENT_ATTACKS) {
    void test(`is refused with ${title}`, async () => {
      const members = Object.entries({ ...DOCUMENT, ...change }).filter(([, v]) => v !== null)
      const { documents } = web({ body: Object.fromEntries(members) })
      assert.equal(await documents.find(URL_OF_CLIENT), undefined)
    })
  }

  const REFUSED: readonly (readonly [string, Served])[] = [
    ['HTML', { headers: { 'content-type': 'text/html' } }],
    ['no type', { headers: { 'content-type': '' } }],
    ['text that only ends like JSON', { headers: { 'content-type': 'text/json' } }],
    ['no JSON', { text: '<html>' }],
    ['a list', { text: '[]' }],
    ['null', { text: 'null' }],
    ['a redirect', { failure: 'redirect' }],
    ['a private address (SR-056)', { failure: 'refused' }],
    ['a large one', { failure: 'too-large' }],
    ['404', { failure: 'status', status: 404 }],
  ]
  for (const [title, served] of REFUSED) {
    void test(`is refused: ${title}`, async () => {
      assert.equal(await web(served).documents.find(URL_OF_CLIENT), undefined)
    })
  }

  void test('may have a media type of its own', async () => {
    const headers = { 'content-type': 'application/client-metadata+json; charset=utf-8' }
    assert.equal((await web({ headers }).documents.find(URL_OF_CLIENT))?.name, 'App')
  })

  void test('is read only from hosts that are allowed, where some are named', async () => {
    const { documents, asked } = web({}, { allowHosts: ['app.example'] })
    assert.equal((await documents.find(URL_OF_CLIENT))?.name, 'App')
    assert.equal(await documents.find('https://other.example/client'), undefined)
    assert.equal(asked(), 1)
  })
})

void describe('the memory of documents', () => {
  const KEPT: readonly (readonly [header: string, seconds: number])[] = [
    ['', 3600],
    ['max-age=600', 600],
    ['public, max-age=600', 600],
    ['max-age=0', 60],
    ['no-store', 60],
    ['max-age=99999999', 86_400],
    ['max-age=x', 3600],
  ]
  for (const [control, seconds] of KEPT) {
    void test(`keeps one with "${control}" for ${seconds} s`, async () => {
      const { documents, clock, asked } = web({ headers: { 'cache-control': control } })
      await documents.find(URL_OF_CLIENT)
      clock.pass(seconds - 1)
      await documents.find(URL_OF_CLIENT)
      assert.equal(asked(), 1)
      clock.pass(1)
      await documents.find(URL_OF_CLIENT)
      assert.equal(asked(), 2)
    })
  }

  void test('asks once however many wait', async () => {
    const { documents, asked } = web({})
    const found = await Promise.all(Array.from({ length: 50 }, () => documents.find(URL_OF_CLIENT)))
    assert.equal(asked(), 1)
    assert.ok(found.every((each) => each?.name === 'App'))
  })

  void test('keeps no failure: what was put right is seen at once (SR-056)', async () => {
    const at = web({ failure: 'status', status: 404 })
    assert.equal(await at.documents.find(URL_OF_CLIENT), undefined)
    at.serve({})
    assert.equal((await at.documents.find(URL_OF_CLIENT))?.name, 'App')
  })

  void test('serves on for a day while nobody answers, and not when it was withdrawn', async () => {
    const at = web({})
    await at.documents.find(URL_OF_CLIENT)
    at.clock.pass(3600)
    at.serve({ failure: 'unreachable' })
    assert.equal((await at.documents.find(URL_OF_CLIENT))?.name, 'App')
    at.serve({ failure: 'status', status: 410 })
    assert.equal(await at.documents.find(URL_OF_CLIENT), undefined)
    at.serve({ failure: 'unreachable' })
    assert.equal(await at.documents.find(URL_OF_CLIENT), undefined)
  })

  void test('a day later it is over', async () => {
    const at = web({})
    await at.documents.find(URL_OF_CLIENT)
    at.clock.pass(3600 + 86_400)
    at.serve({ failure: 'timeout' })
    assert.equal(await at.documents.find(URL_OF_CLIENT), undefined)
  })

  void test('no host is asked more than ten times a minute by inventing URLs', async () => {
    const { documents, clock, asked } = web({ failure: 'status', status: 404 })
    const flood = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, (_, n) => documents.find(`https://a.example/${n}`)))
    await flood()
    assert.equal(asked(), 10)
    clock.pass(120)
    await flood()
    assert.equal(asked(), 20)
  })

  void test('and all together not more than 120 times, while those that are known go on', async () => {
    const { documents, clock, asked } = web({ headers: { 'cache-control': 'max-age=60' } })
    await documents.find(URL_OF_CLIENT)
    clock.pass(120)
    const urls = Array.from({ length: 300 }, (_, n) => `https://h${n}.example/client`)
    await Promise.all(urls.map((url) => documents.find(url)))
    assert.equal(asked(), 121)
    await documents.find(URL_OF_CLIENT)
    assert.equal(asked(), 122)
  })
})

void describe('private addresses (SR-056)', () => {
  for (const url of PRIVATE_URLS) {
    void test(`nothing is fetched from ${url}`, async () => {
      const clock = handClock()
      const documents = metadataDocuments({
        options: { scopes: [], audiences: [] },
        profile: profileOf(),
        outbound: { allowPrivateHosts: [], allowHttp: false },
        clock: clock.read,
      })
      assert.equal(await documents.find(url), undefined)
    })
  }
})
