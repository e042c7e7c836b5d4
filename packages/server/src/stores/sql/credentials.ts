import type { CredentialStore } from '../../model/store.ts'
import { toCredentialRecord, toCredentialRow } from './credential-row.ts'
import { isEmpty, prepare, touched, type Db } from './db.ts'
import { toJsonIfGiven } from './json.ts'
import { pageWindow, toPage } from './paging.ts'

const byId = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('credential').selectAll().where('id', '=', id),
)

const exists = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('credential').select('id').where('id', '=', id),
)

/** A use that is older than the one on record changes nothing: batches may arrive in any order. */
const touchOne = prepare((db, [at, id, before]: readonly [number, string, number]) =>
  db
    .updateTable('credential')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((where) =>
      where.or([where('last_used_at', 'is', null), where('last_used_at', '<', before)]),
    ),
)

/** Uses written in one transaction: the writer is free again in between. */
const TOUCHES_PER_TRANSACTION = 500

/** Credentials in SQL. */
export const credentialStore = (db: Db): CredentialStore => ({ ...reads(db), ...writes(db) })

const reads = ({ read }: Db): Pick<CredentialStore, 'find' | 'listOf' | 'list'> => ({
  async find(id) {
    const { rows } = await byId(read, [id])
    return rows[0] === undefined ? undefined : toCredentialRecord(rows[0])
  },

  async listOf(tenant, principalId) {
    const rows = await read
      .selectFrom('credential')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('principal_id', '=', principalId)
      .orderBy('position', 'desc')
      .execute()
    return rows.map(toCredentialRecord)
  },

  async list({ tenant, kind, limit, cursor }) {
    const window = pageWindow(limit, cursor)
    const kinds = typeof kind === 'string' ? [kind] : kind
    // One read of the index for each kind: `in` would sort every row of all of them.
    const lists = await Promise.all(
      kinds.map((one) =>
        read
          .selectFrom('credential')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('kind', '=', one)
          .where('position', '<', window.below)
          .orderBy('position', 'desc')
          .limit(window.rows)
          .execute(),
      ),
    )
    const rows = lists.flat().toSorted((a, b) => b.position - a.position)
    return toPage(rows.slice(0, window.rows), window, {
      position: (row) => row.position,
      record: toCredentialRecord,
    })
  },
})

const writes = (db: Db): Omit<CredentialStore, 'find' | 'listOf' | 'list'> => ({
  async insert(record) {
    await db.write.insertInto('credential').values(toCredentialRow(record)).execute()
  },

  async update(id, change) {
    const columns = {
      name: change.name,
      scopes: toJsonIfGiven(change.scopes),
      limits: toJsonIfGiven(change.limits),
      networks: toJsonIfGiven(change.networks),
      metadata: toJsonIfGiven(change.metadata),
      expires_at: change.expiresAt,
      replaced_by: change.replacedBy,
      digest: change.digest,
      confirmation: change.confirmation === null ? null : toJsonIfGiven(change.confirmation),
    }
    if (isEmpty(columns)) return (await exists(db.write, [id])).rows.length > 0
    const update = db.write.updateTable('credential').set(columns).where('id', '=', id)
    return touched(await update.executeTakeFirstOrThrow())
  },

  async revoke(id, at, reason) {
    const result = await db.write
      .updateTable('credential')
      .set({ revoked_at: at, revoked_reason: reason })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async touch(uses) {
    const all = [...uses]
    for (let start = 0; start < all.length; start += TOUCHES_PER_TRANSACTION) {
      const batch = all.slice(start, start + TOUCHES_PER_TRANSACTION)
      await db.atomic(async ({ write }) => {
        for (const [id, at] of batch) await touchOne(write, [at, id, at])
      })
    }
  },
})
