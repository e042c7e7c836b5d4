import { strict as assert } from 'node:assert'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { DAY, HandClock, renewed, root } from './authority-desk.test.ts'
import type { CertificateSource } from './certificate.ts'
import { certificateFiles } from './files.ts'

let folder: string
let ca: TestCertificate
let one: TestCertificate
let two: TestCertificate

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-'))
  ca = await root()
  ;[one, two] = await Promise.all([
    mintTestCertificate({ issuer: ca }),
    mintTestCertificate({ issuer: ca }),
  ])
})
after(() => rm(folder, { recursive: true }))

/** A source over files of its own. */
class Files {
  readonly clock = new HandClock()
  readonly errors: string[] = []
  heard = Promise.withResolvers<string>()
  readonly source: CertificateSource
  readonly #prefix: string

  constructor(name: string) {
    this.#prefix = join(folder, name)
    const path = (kind: string): string => `${this.#prefix}.${kind}`
    this.source = certificateFiles({
      cert: path('cert'),
      key: path('key'),
      ca: path('ca'),
      clock: this.clock.read,
      onError: ({ message }) => this.heard.resolve(message),
    })
  }

  write(kind: 'cert' | 'key' | 'ca', text: string): Promise<void> {
    return writeFile(`${this.#prefix}.${kind}`, text)
  }

  async put(pair: TestCertificate): Promise<void> {
    await this.write('cert', pair.pem)
    await this.write('key', pair.keyPem)
    await this.write('ca', ca.pem)
  }

  /** Looks again, and answers what was wrong. */
  async complaint(): Promise<string> {
    this.heard = Promise.withResolvers<string>()
    this.clock.pass(301)
    await this.source.current()
    return this.heard.promise
  }
}

describe('certificateFiles', () => {
  it('takes a pair that was replaced, at the next look', async () => {
    const files = new Files('replaced')
    await files.put(one)
    assert.equal((await files.source.current()).serial, one.serial)
    await files.put(two)
    assert.equal((await files.source.current()).serial, one.serial)
    files.clock.pass(10)
    assert.equal((await renewed(files.source)).serial, two.serial)
    files.source.close()
  })
  it('takes a new bundle alone', async () => {
    const files = new Files('bundle')
    await files.put(one)
    await files.source.current()
    await files.write('ca', ca.pem + ca.pem)
    files.clock.pass(10)
    assert.equal((await renewed(files.source)).ca, ca.pem + ca.pem)
    files.source.close()
  })
  it('tells nobody when nothing changed', async () => {
    const files = new Files('same')
    await files.put(one)
    const held = await files.source.current()
    files.source.onChange(() => assert.fail('nothing changed'))
    files.clock.pass(10)
    await files.source.current()
    await files.write('cert', 'broken')
    // The look that finds the broken file comes after the one before.
    assert.equal(await files.complaint(), 'certificateFiles: the certificate is not PEM')
    assert.equal(await files.source.current(), held)
    files.source.close()
  })
  const half: readonly (readonly [string, (files: Files) => Promise<void>, RegExp])[] = [
    ['new certificate, old key', (files) => files.write('cert', two.pem), /key of the certificate/],
    [
      'old certificate, new key',
      (files) => files.write('key', two.keyPem),
      /key of the certificate/,
    ],
    ['half a certificate', (files) => files.write('cert', one.pem.slice(0, 200)), /not PEM/],
    [
      'half a key',
      (files) => files.write('key', one.keyPem.slice(0, 80)),
      /key of the certificate/,
    ],
    ['an empty bundle', (files) => files.write('ca', ''), /ca holds no certificate/],
  ]
  for (const [name, write, why] of half) {
    it(`does not take a pair that is half written: ${name}`, async () => {
      const files = new Files(name.replaceAll(' ', '-'))
      await files.put(one)
      const held = await files.source.current()
      await write(files)
      assert.match(await files.complaint(), why)
      assert.equal(await files.source.current(), held)
      await files.put(two)
      files.clock.pass(301)
      assert.equal((await renewed(files.source)).serial, two.serial)
      files.source.close()
    })
  }
  it('gives no certificate whose time is over', async () => {
    const files = new Files('over')
    await files.put(one)
    await files.source.current()
    files.clock.pass(2 * DAY)
    await assert.rejects(files.source.current(), {
      name: 'UnavailableError',
      message: /the certificate ended at/,
    })
    files.source.close()
  })
  it('fails when there are no files', async () => {
    const { source } = new Files('absent')
    await assert.rejects(source.current(), { name: 'UnavailableError' })
    source.close()
  })
})
