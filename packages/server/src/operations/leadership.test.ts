import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { join } from 'node:path'
import { signingKeys } from '../keys/signing-keys.ts'
import { resolveSigningRules } from '../keys/rules.ts'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { freshSecrets, handClock, openAuthority } from '../testing/authority.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { leadership, LeadershipLostError } from './leadership.ts'
import { makeLogger } from './log.ts'

const log = makeLogger({ destination: { write: () => {} } })
const { keks } = freshSecrets()
const rules = resolveSigningRules()
const DAY = 86_400

const keysOf = (store: Store, clock = handClock()) => ({
  clock,
  keys: signingKeys({ store, clock: clock.read, keks, rules }),
})

describe('leadership', () => {
  it('is with one node at a time, and goes on when it resigns', async () => {
    const store = await openSqlite({ path: ':memory:' })
    const [a, b] = [leadership({ store, log }), leadership({ store, log })]
    assert.equal((await a.campaign())?.fence, 1)
    assert.equal(await b.campaign(), undefined)
    assert.equal((await a.campaign())?.fence, 1)
    await b.resign()
    assert.deepEqual([a.leads, b.leads], [true, false])
    await a.resign()
    assert.equal((await b.campaign())?.fence, 2)
    assert.equal(await a.campaign(), undefined)
    await store.close()
  })

  it('of a paused node is over: its late key is refused, and nothing of it is left', async () => {
    const store = await openSqlite({ path: ':memory:' })
    const paused = keysOf(store)
    await paused.keys.advance(paused.clock.now())
    // Pauses with a term in its hand, before the rotation is due for anybody else.
    const late = await leadership({ store, log, termMs: -1 }).campaign()
    const present = await leadership({ store, log }).campaign()
    assert.ok(late !== undefined && present !== undefined)
    const due = paused.clock.now() + 29 * DAY + DAY - 100
    await assert.rejects(paused.keys.advance(due, late), LeadershipLostError)
    assert.equal((await store.signingKeys.list('default')).length, 1)
    await paused.keys.advance(due, present)
    const states = (await store.signingKeys.list('default')).map(({ state }) => state)
    assert.deepEqual(states.toSorted(), ['published', 'signing'])
    await store.close()
  })

  it('moves keys of all nodes, with a clock half a minute off: none signs before it is known', async () => {
    const path = join(scratchFolder(), 'authority.db')
    const secrets = freshSecrets()
    const clock = handClock()
    const open = async (skew: number) =>
      openAuthority({
        store: await openSqlite({ path }),
        secrets,
        clock: () => clock.read() + skew * 1000,
      })
    const ahead = await open(30)
    const right = await open(0)
    const { signingKeys: led } = ahead.authority.context
    const { signingKeys: following } = right.authority.context
    const current = (await led.list('default'))[0]
    clock.pass(30 * DAY)
    await led.advance(clock.now() + 30)
    const fresh = (await led.list('default')).find(({ id }) => id !== current?.id)
    assert.ok(fresh?.state === 'published')
    // Whoever promotes it, by whichever clock: caches of the old set are gone by then.
    assert.ok(fresh.signsAt - clock.now() >= rules.jwksMaxAgeSeconds + rules.reloadSeconds)
    assert.ok(fresh.signsAt - 30 - clock.now() >= rules.jwksMaxAgeSeconds + rules.reloadSeconds)
    const { keys } = await following.jwks('default')
    assert.equal(keys.length, 2)
    await ahead.close()
    await right.close()
  })

  it('is told by metrics', async () => {
    const test = await openAuthority()
    const { text } = await test.authority.metrics()
    assert.match(text, /^countersign_leader 1$/m)
    assert.match(text, /^countersign_leader_term 1$/m)
    await test.close()
  })
})
