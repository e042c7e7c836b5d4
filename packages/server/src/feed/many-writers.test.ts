import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RevocationSet } from 'countersign'
import { makeLogger } from '../operations/log.ts'
import type { Store } from '../model/store.ts'
import { migratePostgres, openPostgres } from '../stores/postgres/index.ts'
import { eventReader, type EventReader } from '../testing/event-reader.ts'
import { startPostgres, type PostgresServer } from '../testing/postgres.ts'
import { createFeed, type Feed } from './feed.ts'

const SCRIPT = fileURLToPath(new URL('../testing/feed-writer.ts', import.meta.url))
const WRITERS = 4
/** Changes that are read before the test has seen enough. */
const ENOUGH = 600
const log = makeLogger({ level: 'silent' })

interface Writer {
  readonly child: ChildProcess
  /** Subjects of what it was told is committed. */
  readonly acknowledged: string[]
}

function startWriter(url: string, name: string): Writer {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', SCRIPT, url, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  createInterface(child.stdout).on('line', (line) => acknowledged.push(line))
  return { child, acknowledged }
}

async function kill({ child }: Writer): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Reads a feed as a verifier does, with its cursor through every break. */
class Follower {
  readonly #feed: Feed
  readonly sequences: number[] = []
  readonly subjects = new Set<string>()
  #cursor = 0
  #reader: EventReader | undefined

  constructor(feed: Feed) {
    this.#feed = feed
  }

  async readTo(sequence: number): Promise<void> {
    while (this.#cursor < sequence) {
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      await this.#readOne()
    }
  }

  /** Hangs up; the next read comes back with the cursor. */
  async hangUp(): Promise<void> {
    await this.#reader?.cancel()
    this.#reader = undefined
  }

  async #readOne(): Promise<void> {
    const facts = { tenant: 'default', principalId: 'svc', issuedAt: 1 }
    if (this.#reader === undefined) {
      const stream = await this.#feed.subscribe({ tenant: 'default', cursor: this.#cursor, facts })
      assert.ok(stream !== undefined)
      this.#reader = eventReader(stream)
    }
    const message = await this.#reader.next()
    assert.ok(message !== undefined && message.event !== 'snapshot', 'a cursor was not honoured')
    if (message.event !== 'change') return
    this.#cursor = Number(message.id)
    this.sequences.push(this.#cursor)
    this.subjects.add(String(message.data['subject']))
  }
}

describe('the change feed on PostgreSQL', () => {
  let server: PostgresServer
  let url: string
  const nodes: { readonly store: Store; readonly feed: Feed }[] = []

  before(async () => {
    server = await startPostgres()
    url = await server.create()
    await migratePostgres({ url })
    for (let node = 0; node < 2; node += 1) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      const store = await openPostgres({ url })
      const revocations = new RevocationSet()
      nodes.push({ store, feed: createFeed({ store, clock: Date.now, log, revocations }) })
    }
  })
  after(async () => {
    for (const { feed } of nodes) feed.close()
    await Promise.all(nodes.map(({ store }) => store.close()))
    await server.dispose()
  })

  it('has no gap at any node, whoever writes, dies between append and commit, or hangs up', async () => {
    const writers = Array.from({ length: WRITERS }, (_, n) => startWriter(url, `w${n}`))
    const followers = nodes.map(({ feed }) => new Follower(feed))
    const follow = async (follower: Follower): Promise<void> => {
      for (let mark = 50; mark <= ENOUGH; mark += 50) {
        // oxlint-disable-next-line no-await-in-loop -- hangs up again and again
        await follower.readTo(mark)
        // oxlint-disable-next-line no-await-in-loop -- see above
        await follower.hangUp()
      }
    }
    const following = Promise.all(followers.map(follow))
    for (let round = 0; round < 6; round += 1) {
      const next = startWriter(url, `w${WRITERS + round}`)
      writers.push(next)
      // oxlint-disable-next-line no-await-in-loop -- it writes before the next one is killed
      await once(createInterface(next.child.stdout ?? assert.fail()), 'line')
      const victim = writers[round]
      // oxlint-disable-next-line no-await-in-loop -- see above
      if (victim !== undefined) await kill(victim)
    }
    await following
    await Promise.all(writers.filter(({ child }) => !child.killed).map(kill))
    // A server whose client died may still be committing.
    const head = await settled(nodes[0]?.store ?? assert.fail())
    await Promise.all(followers.map((follower) => follower.readTo(head)))
    const acknowledged = writers.flatMap((writer) => writer.acknowledged)
    assert.ok(acknowledged.length > ENOUGH / 2, String(acknowledged.length))
    for (const { sequences, subjects } of followers) {
      assert.deepEqual(
        sequences,
        Array.from({ length: head }, (_, index) => index + 1),
      )
      assert.deepEqual(
        acknowledged.filter((subject) => !subjects.has(subject)),
        [],
      )
    }
  })
})

/**
 * Appends the last change and answers its number: it waits for the number, and so for every append
 * of a killed writer that its server is still to commit or to undo.
 */
async function settled({ changes }: Store): Promise<number> {
  const now = Math.floor(Date.now() / 1000)
  const named = { tenant: 'default', kind: 'token', subject: 'last', issuedBefore: null } as const
  return (await changes.append({ ...named, expiresAt: now + 3600, at: now })).sequence
}
