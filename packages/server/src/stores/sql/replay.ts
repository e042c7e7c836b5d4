import { sql } from 'kysely'
import type { ReplayUseStore } from '../../model/store.ts'
import { lastNumber } from './counters.ts'
import { affected, prepare, type Db, type Sql } from './db.ts'

const fence = (db: Sql) =>
  db.selectFrom('counter').select('value').where('name', '=', sql.lit('replay-fence'))

/**
 * Insert or nothing, fence included: one statement, so that two processes cannot both find the use
 * new, and a fence raised in between cannot be missed.
 */
const insertUse = prepare((db, [id, expiresAt, signedAfter]: readonly [string, number, number]) =>
  db
    .insertInto('replay')
    .columns(['id', 'expires_at'])
    .expression(
      db
        .selectNoFrom((use) => [use.val(id).as('id'), use.val(expiresAt).as('expires_at')])
        .where((use) => use(use.val(signedAfter), '>', fence(db))),
    )
    .onConflict((on) => on.column('id').doNothing()),
)

/** Single uses in SQL. */
export const replayUseStore = ({ write }: Db): ReplayUseStore => ({
  async claim({ id, signedAfter, expiresAt }) {
    if (affected(await insertUse(write, [id, expiresAt, signedAfter]))) return 'claimed'
    // A fence never falls: what it held back above, it holds back here.
    return signedAfter <= (await lastNumber(write, 'replay-fence')) ? 'fenced' : 'replayed'
  },

  async raiseFence(at) {
    await write
      .updateTable('counter')
      .set({ value: at })
      .where('name', '=', 'replay-fence')
      .where('value', '<', at)
      .execute()
  },

  async sweep(now, limit) {
    const expired = write
      .selectFrom('replay')
      .select('id')
      .where('expires_at', '<', now)
      .limit(limit)
    const result = await write
      .deleteFrom('replay')
      .where('id', 'in', expired)
      .executeTakeFirstOrThrow()
    return Number(result.numDeletedRows)
  },
})
