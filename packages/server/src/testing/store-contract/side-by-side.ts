import assert from 'node:assert/strict'
import { verifyChain } from '../../events/verify-chain.ts'
import { UnstorableTextError } from '../../model/errors.ts'
import type { Store, StoreSession } from '../../model/store.ts'
import type { Guarantees } from './harness.ts'
import { NOW, sampleEvent, samplePrincipal, sampleToken } from './records.ts'

const ROUNDS = 20

/** A refresh as the grant does it: claim, successors, event. */
async function rotate(session: StoreSession, id: string, by: string): Promise<boolean> {
  if (!(await session.tokens.claim(id, NOW, by))) return false
  await session.tokens.insert(sampleToken({ id: by, kind: 'refresh' }))
  await session.events.append(sampleEvent({ type: 'token.refreshed', subject: by }))
  return true
}

/** Races over every token from both openings, beside each other. */
async function race(store: Store, other: Store, beside: () => Promise<void>): Promise<number> {
  let won = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `r${round}`
    await store.tokens.insert(sampleToken({ id, kind: 'refresh' }))
    const claims = Array.from({ length: 6 }, (_, index) =>
      (index % 2 === 0 ? store : other).transaction(
        (session) => rotate(session, id, `${id}-${index}`),
        { turn: 'none' },
      ),
    )
    const outcomes = await Promise.all([...claims, beside()])
    won += outcomes.filter((outcome) => outcome === true).length
  }
  return won
}

const unstorable = (error: unknown): boolean => error instanceof UnstorableTextError

/** What transactions promise that take no turn, and text that no store holds. */
export const sideBySideGuarantees: Guarantees = {
  'without a turn, of many claims one wins, and the losers leave nothing': async (fixture) => {
    const { store, again } = fixture
    const other = (await again?.()) ?? store
    const revoke = async (): Promise<void> => {
      await other.transaction(async (session) => {
        await session.events.append(sampleEvent({ type: 'beside' }))
        await session.tokens.revoke('nothing', NOW)
      })
    }
    assert.equal(await race(store, other, revoke), ROUNDS)
    const events = await store.events.scan(0, 1000)
    const refreshed = events.filter(({ type }) => type === 'token.refreshed')
    assert.equal(refreshed.length, ROUNDS)
    assert.equal(events.length, 2 * ROUNDS)
    assert.equal((await verifyChain(store.events)).intact, true)
    for (const { subject } of refreshed) assert.ok(await store.tokens.find(subject))
    const losers = Array.from({ length: ROUNDS * 6 }, (_, n) => `r${Math.floor(n / 6)}-${n % 6}`)
    const there = await Promise.all(losers.map((id) => store.tokens.find(id)))
    assert.equal(there.filter((token) => token !== undefined).length, ROUNDS)
    if (other !== store) await other.close()
  },

  'without a turn, what is thrown out of is undone whole, and gives its number back': async ({
    store,
  }) => {
    const undone = store.transaction(
      async (session) => {
        await session.tokens.insert(sampleToken())
        await session.events.append(sampleEvent())
        throw new Error('undone')
      },
      { turn: 'none' },
    )
    await assert.rejects(undone, /undone/)
    assert.equal(await store.tokens.find('token0000001'), undefined)
    assert.equal((await store.events.append(sampleEvent())).sequence, 1)
  },

  'without a turn, nothing comes after an event but events': async ({ store }) => {
    const late = store.transaction(
      async (session) => {
        await session.events.append(sampleEvent())
        await session.events.append(sampleEvent())
        await session.tokens.insert(sampleToken())
      },
      { turn: 'none' },
    )
    await assert.rejects(late, /events are appended last/)
    assert.equal(await store.events.head(), 0)
  },

  'text with a NUL is refused, in a name and in an id that is looked for': async ({ store }) => {
    await assert.rejects(store.principals.insert(samplePrincipal({ name: 'a\0b' })), unstorable)
    await assert.rejects(store.credentials.find('a\0b'), unstorable)
    await assert.rejects(
      store.transaction((session) => session.tokens.find('\0')),
      unstorable,
    )
    const metadata = { inJson: 'a\0b' }
    await store.principals.insert(samplePrincipal({ metadata }))
    assert.deepEqual((await store.principals.find('default', 'svc_one'))?.metadata, metadata)
  },
}
