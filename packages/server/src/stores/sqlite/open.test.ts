import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { StoreOpenCode } from '../../model/errors.ts'
import { scratchFolder } from '../../testing/scratch.ts'
import { MIGRATION_NAMES } from '../sql/migrations/index.ts'
import { migrateSqlite, openSqlite, sqliteStatus, StoreOpenError } from './index.ts'

const folder = scratchFolder()

/** A database of ours, closed, so that the file is all there is. */
async function ours(name: string): Promise<string> {
  const path = join(folder, name)
  await (await openSqlite({ path })).close()
  return path
}

function edit(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

const refusal =
  (code: StoreOpenCode, path: string): ((error: unknown) => boolean) =>
  (error) =>
    error instanceof StoreOpenError &&
    error.code === code &&
    error.message.includes(path) &&
    !error.message.includes('\n')

/** Files that are refused and must come out of it byte for byte as they were. */
const refused: Readonly<Record<string, () => Promise<readonly [StoreOpenCode, string]>>> = {
  'a text file': async () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'dear diary, this is far longer than a database header '.repeat(5))
    return ['not-a-database', path]
  },
  'a file shorter than a header': async () => {
    const path = join(folder, 'short')
    writeFileSync(path, 'SQLite format 3\u0000')
    return ['foreign-database', path]
  },
  'a database of another program': async () => {
    const path = join(folder, 'photos.db')
    edit(path, 'create table photo (id text); insert into photo values (1)')
    return ['foreign-database', path]
  },
  'a database of ours that was overwritten in part': async () => {
    const path = await ours('scribbled.db')
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 100)
    writeFileSync(path, bytes)
    return ['corrupt', path]
  },
  'a database of ours that was cut short': async () => {
    const path = await ours('cut.db')
    writeFileSync(path, readFileSync(path).subarray(0, 2000))
    return ['corrupt', path]
  },
  'a database with a newer schema': async () => {
    const path = await ours('newer.db')
    edit(path, "insert into migration values ('9999-future', '2099-01-01T00:00:00.000Z')")
    return ['newer-schema', path]
  },
}

describe('openSqlite refuses, and leaves as it was,', () => {
  for (const [name, make] of Object.entries(refused)) {
    test(name, async () => {
      const [code, path] = await make()
      const before = readFileSync(path)
      await assert.rejects(openSqlite({ path }), refusal(code, path))
      await assert.rejects(migrateSqlite({ path }), refusal(code, path))
      await assert.rejects(sqliteStatus({ path }), refusal(code, path))
      assert.ok(readFileSync(path).equals(before))
    })
  }
})

test('a folder, and a path that leads through a file, are refused', async () => {
  await assert.rejects(openSqlite({ path: folder }), refusal('not-a-database', folder))
  const file = join(folder, 'plain')
  writeFileSync(file, '')
  for (const path of [join(file, 'x.db'), join(file, 'deeper', 'x.db')]) {
    await assert.rejects(openSqlite({ path }), refusal('not-writable', path))
  }
})

/** Root may write everywhere, so the refusal is asked for as nobody. */
function openAsNobody(path: string): string {
  const store = new URL('./index.ts', import.meta.url).href
  const script = `import { openSqlite } from '${store}'
    await openSqlite({ path: process.argv[1] }).catch((error) => console.log(error.code))`
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const flags = ['--conditions=@countersign/source', '--input-type=module', '-e', script]
  return spawnSync(process.execPath, [...flags, path], { ...nobody, encoding: 'utf8' }).stdout
}

test('a read-only file is refused, where SQLite would open it for reading', async () => {
  const path = await ours('read-only.db')
  chmodSync(folder, 0o777)
  chmodSync(path, 0o444)
  assert.equal(openAsNobody(path), 'not-writable\n')
  chmodSync(folder, 0o700)
})

test('a read-only folder is refused, with a database in it or without', async () => {
  const shut = join(folder, 'shut')
  mkdirSync(shut)
  const path = join(shut, 'there.db')
  await (await openSqlite({ path })).close()
  for (const [mode, entry] of [
    [0o644, folder],
    [0o666, path],
    [0o555, shut],
    [0o755, folder],
  ] as const) {
    chmodSync(entry, mode)
  }
  assert.equal(openAsNobody(path), 'not-writable\n')
  assert.equal(openAsNobody(join(shut, 'new.db')), 'not-writable\n')
  assert.equal(existsSync(join(shut, 'new.db')), false)
  chmodSync(shut, 0o755)
})

test('a new file is for its owner alone, and so is a new folder', async () => {
  const path = join(folder, 'a', 'b', 'new.db')
  const store = await openSqlite({ path })
  const modes = [path, `${path}-wal`, `${path}-shm`, join(folder, 'a'), join(folder, 'a', 'b')]
  assert.deepEqual(
    modes.map((entry) => statSync(entry).mode & 0o777),
    [0o600, 0o600, 0o600, 0o700, 0o700],
  )
  await store.close()
})

test('an empty file is a new database: a crash may have left it', async () => {
  const path = join(folder, 'empty.db')
  writeFileSync(path, '')
  await (await openSqlite({ path })).close()
  assert.deepEqual(await sqliteStatus({ path }), { current: MIGRATION_NAMES.at(-1), pending: [] })
})

test('the status of a missing file creates nothing, and migrating is asked for or refused', async () => {
  const path = join(folder, 'later.db')
  const fresh = { current: null, pending: MIGRATION_NAMES }
  assert.deepEqual(await sqliteStatus({ path }), fresh)
  assert.equal(existsSync(path), false)
  await assert.rejects(openSqlite({ path, migrate: false }), refusal('older-schema', path))
  assert.deepEqual(await sqliteStatus({ path }), fresh)
  assert.deepEqual(await migrateSqlite({ path }), MIGRATION_NAMES)
  assert.deepEqual(await migrateSqlite({ path }), [])
  await (await openSqlite({ path, migrate: false })).close()
})

test('a migration waits for a lock that is held, and gives up in one sentence', async () => {
  const path = join(folder, 'locked.db')
  await assert.rejects(openSqlite({ path, migrate: false }))
  const holder = new DatabaseSync(path)
  holder.exec('begin immediate')
  await assert.rejects(openSqlite({ path, busyTimeoutMs: 60 }), refusal('locked', path))
  const waiting = openSqlite({ path })
  setImmediate(() => holder.exec('rollback'))
  await (await waiting).close()
  holder.close()
})

test('a database that is up to date opens while another process writes', async () => {
  const path = await ours('busy.db')
  const holder = new DatabaseSync(path)
  holder.exec('begin immediate')
  const store = await openSqlite({ path, busyTimeoutMs: 60 })
  assert.equal((await store.tenants.find('default'))?.id, 'default')
  const tenant = { id: 'acme', name: 'Acme', createdAt: 1, revokedAt: null }
  await assert.rejects(store.tenants.insert(tenant), { name: 'UnavailableError', control: 'store' })
  holder.exec('rollback')
  holder.close()
  await store.tenants.insert(tenant)
  await store.close()
})
