import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Secret } from '../../core/secret.ts'
import type { TestCertificate } from '../../testing/mint-certificate.ts'
import { AuthorityDesk, DAY, root } from './authority-desk.test.ts'
import { fileStore } from './store.ts'

let folder: string
let first: TestCertificate

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-'))
  first = await root()
})
after(() => rm(folder, { recursive: true }))

const path = (name: string): string => join(folder, name)

describe('fileStore', () => {
  it('keeps a certificate over a restart, so that the authority is not asked anew', async () => {
    const desk = new AuthorityDesk(first)
    const store = fileStore(path('kept'))
    const fresh = desk.source({ store })
    const one = await fresh.current()
    fresh.close()
    const restarted = desk.source({ store: fileStore(path('kept')) })
    const kept = await restarted.current()
    assert.deepEqual({ ...kept, key: kept.key.reveal() }, { ...one, key: one.key.reveal() })
    assert.equal(desk.asked.length, 1)
    restarted.close()
  })
  it('is readable by nobody else', async () => {
    await fileStore(path('mode')).save({ cert: 'a', key: new Secret('b'), ca: 'c' })
    assert.equal((await stat(path('mode'))).mode & 0o777, 0o600)
  })
  const useless: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['is absent', () => Promise.resolve()],
    [
      'is half a file',
      async (file) =>
        writeFile(file, (await readFile(path('kept'), 'utf8')).slice(0, 300), { mode: 0o600 }),
    ],
    ['holds something else', (file) => writeFile(file, '{"cert":1}', { mode: 0o600 })],
    [
      'holds a certificate of another key',
      async (file) => {
        const { cert, ca } = JSON.parse(await readFile(path('kept'), 'utf8')) as Record<
          string,
          string
        > // as saved
        await fileStore(file).save({
          cert: cert ?? '',
          key: new Secret(first.keyPem),
          ca: ca ?? '',
        })
      },
    ],
    [
      'can be read by others',
      async (file) => {
        await writeFile(file, await readFile(path('kept'), 'utf8'))
        await chmod(file, 0o644)
      },
    ],
  ]
  for (const [name, prepare] of useless) {
    it(`asks the authority when the file ${name}, and replaces it`, async () => {
      const file = path(name.replaceAll(' ', '-'))
      await prepare(file)
      const desk = new AuthorityDesk(first)
      const source = desk.source({ store: fileStore(file) })
      const { cert } = await source.current()
      source.close()
      assert.equal(desk.asked.length, 1)
      assert.equal((await fileStore(file).load())?.cert, cert)
      assert.deepEqual(
        desk.errors,
        name === 'can be read by others'
          ? ['the file store can be read by others; make it 0600']
          : [],
      )
    })
  }
  it('is not believed about a certificate whose time is over', async () => {
    const desk = new AuthorityDesk(first)
    desk.clock.pass(2 * DAY)
    const source = desk.source({ store: fileStore(path('kept')) })
    assert.equal((await source.current()).notAfter, desk.clock.now - 60 + DAY)
    source.close()
  })
  it('that cannot be written is heard of, and the certificate is used', async () => {
    const desk = new AuthorityDesk(first)
    const source = desk.source({ store: fileStore(path('no/such/folder')) })
    assert.equal((await source.current()).serial, '01')
    source.close()
    assert.match(desk.errors[0] ?? '', /ENOENT/)
  })
  it('survives a process that is killed while it writes: the old one or the new one, whole', async () => {
    const file = path('killed')
    const store = fileStore(file)
    await store.save({ cert: 'x'.repeat(10_000), key: new Secret('x'), ca: 'x' })
    const module = new URL('store.ts', import.meta.url).href
    const secret = new URL('../../core/secret.ts', import.meta.url).href
    const program = `
      const { fileStore } = await import('${module}')
      const { Secret } = await import('${secret}')
      const store = fileStore(${JSON.stringify(file)})
      console.log('writing')
      for (let at = 0; ; at += 1) {
        const letter = 'xyz'[at % 3]
        await store.save({ cert: letter.repeat(10_000), key: new Secret(letter), ca: letter })
      }`
    for (let kills = 0; kills < 3; kills += 1) {
      const writer = spawn(process.execPath, [
        '--conditions=@countersign/source',
        '--input-type=module',
        '--eval',
        program,
      ])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await once(writer.stdout, 'data')
      writer.kill('SIGKILL')
      // oxlint-disable-next-line no-await-in-loop -- as above
      await once(writer, 'exit')
      // oxlint-disable-next-line no-await-in-loop -- as above
      const kept = await store.load()
      assert(kept !== undefined)
      assert.equal(kept.cert, kept.ca.repeat(10_000))
      assert.equal(kept.key.reveal(), kept.ca)
    }
    assert((await readdir(folder)).includes('killed'))
  })
})
