import type { DecisionStore } from '../../model/store.ts'
import { prepare, type Db } from './db.ts'

type Row = readonly [id: string, tenant: string | null, atMs: number, json: string]

const insert = prepare((db, [id, tenant, atMs, json]: Row) =>
  db
    .insertInto('decision')
    .values({ id, tenant, at_ms: atMs, json })
    // A batch that is written again after a doubtful failure must not fail on what was kept.
    .onConflict((conflict) => conflict.column('id').doNothing()),
)

const byId = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('decision').selectAll().where('id', '=', id),
)

const tooOld = prepare((db, [olderThanMs, limit]: readonly [number, number]) =>
  db
    .deleteFrom('decision')
    .where('position', 'in', (from) =>
      from.selectFrom('decision').select('position').where('at_ms', '<', olderThanMs).limit(limit),
    ),
)

const upTo = prepare((db, [position, limit]: readonly [number, number]) =>
  db
    .deleteFrom('decision')
    .where('position', 'in', (from) =>
      from
        .selectFrom('decision')
        .select('position')
        .where('position', '<=', position)
        .orderBy('position')
        .limit(limit),
    ),
)

/** Rows deleted in one statement: the writer is free again in between. */
const SWEEP_BATCH = 1000

/** Decisions in SQL. */
export const decisionStore = (db: Db): DecisionStore => ({
  async insertMany(decisions) {
    if (decisions.length === 0) return
    await db.atomic(async ({ write }) => {
      for (const { id, tenant, atMs, json } of decisions) {
        await insert(write, [id, tenant ?? null, atMs, json])
      }
    })
  },

  async find(id) {
    const [row] = (await byId(db.read, [id])).rows
    if (row === undefined) return undefined
    const { tenant, at_ms, json } = row
    return tenant === null ? { id, atMs: at_ms, json } : { id, tenant, atMs: at_ms, json }
  },

  async sweep(olderThanMs, maxRows) {
    const old = await inBatches((limit) => tooOld(db.write, [olderThanMs, limit]))
    const surplus = await db.read
      .selectFrom('decision')
      .select('position')
      .orderBy('position', 'desc')
      .limit(1)
      .offset(maxRows)
      .executeTakeFirst()
    if (surplus === undefined) return old
    return old + (await inBatches((limit) => upTo(db.write, [surplus.position, limit])))
  },
})

async function inBatches(
  deleteSome: (limit: number) => Promise<{ readonly numAffectedRows?: bigint }>,
): Promise<number> {
  let total = 0
  for (;;) {
    const { numAffectedRows } = await deleteSome(SWEEP_BATCH)
    const gone = Number(numAffectedRows ?? 0n)
    total += gone
    if (gone < SWEEP_BATCH) return total
  }
}
