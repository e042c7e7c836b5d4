/**
 * An adapter of `oidc-provider` on `node:sqlite`, to the contract in its documentation: one table, a row
 * an artefact, statements prepared once, revocation by grant through an index.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** What the library stores; members that have a column of their own. */
interface Payload {
  readonly grantId?: string
  readonly userCode?: string
  readonly uid?: string
  readonly consumed?: number
}

/** The documented contract. */
interface Adapter {
  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>
  find(id: string): Promise<Payload | undefined>
  findByUserCode(code: string): Promise<Payload | undefined>
  findByUid(uid: string): Promise<Payload | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

const SCHEMA = `
  create table if not exists artefact (
    model text not null, id text not null, payload text not null, grant_id text, user_code text,
    uid text, expires_at integer, consumed_at integer, primary key (model, id)
  ) strict, without rowid;
  create index if not exists artefact_grant on artefact (grant_id) where grant_id is not null;
  create index if not exists artefact_user_code on artefact (user_code) where user_code is not null;
  create index if not exists artefact_uid on artefact (uid) where uid is not null;`

const now = (): number => Math.floor(Date.now() / 1000)

/** What makes an adapter for a model; `delay` is how far away the database is. */
export function sqliteAdapter(
  database: DatabaseSync,
  delay: () => Promise<void> = async () => {},
): (model: string) => Adapter {
  database.exec(SCHEMA)
  const prepare = (text: string): StatementSync => database.prepare(text)
  const upsert = prepare(
    `insert into artefact values (?, ?, ?, ?, ?, ?, ?, null) on conflict do update set
     payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at`,
  )
  const columns = 'select payload, consumed_at, expires_at from artefact'
  const byId = prepare(`${columns} where model = ? and id = ?`)
  const byUserCode = prepare(`${columns} where model = ? and user_code = ?`)
  const byUid = prepare(`${columns} where model = ? and uid = ?`)
  const remove = prepare('delete from artefact where model = ? and id = ?')
  const removeGrant = prepare('delete from artefact where grant_id = ?')
  const consume = prepare('update artefact set consumed_at = ? where model = ? and id = ?')
  const find = async (query: StatementSync, model: string, value: string) => {
    await delay()
    return read(query.get(model, value))
  }
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      await delay()
      const { grantId = null, userCode = null, uid = null } = payload
      const expiresAt = expiresIn === undefined ? null : now() + expiresIn
      upsert.run(model, id, JSON.stringify(payload), grantId, userCode, uid, expiresAt)
    },
    find: (id) => find(byId, model, id),
    findByUserCode: (code) => find(byUserCode, model, code),
    findByUid: (uid) => find(byUid, model, uid),
    async consume(id) {
      await delay()
      consume.run(now(), model, id)
    },
    async destroy(id) {
      await delay()
      remove.run(model, id)
    },
    async revokeByGrantId(grantId) {
      await delay()
      removeGrant.run(grantId)
    },
  })
}

/** "Consumed" is a member of what `find` answers, as the documentation of the contract wants it. */
function read(row: Record<string, unknown> | undefined): Payload | undefined {
  if (row === undefined) return undefined
  const { expires_at: expiresAt, consumed_at: consumedAt, payload } = row
  if (typeof expiresAt === 'number' && expiresAt <= now()) return undefined
  // Written by `upsert`.
  const stored = JSON.parse(String(payload)) as Payload
  return typeof consumedAt === 'number' ? { ...stored, consumed: consumedAt } : stored
}
