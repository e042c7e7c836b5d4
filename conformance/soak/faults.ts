/** What goes wrong, one thing after the other, and how it is known to be over. */
import { openStore } from './open-store.ts'
import type { Installation } from './installation.ts'
import { compromise } from './keys.ts'
import type { Node } from './node.ts'
import { fill } from './small-disk.ts'
import { pause, type World } from './world.ts'

/** A fault, from its beginning to the end of its cause. */
export interface Fault {
  readonly name: string
  /** Why it cannot be here; undefined where it can. */
  readonly impossible?: (world: Installation) => string | undefined
  /** Answers what to print. */
  readonly run: (world: Installation) => Promise<string>
}

const node = ({ nodes, random }: World): Node => {
  const picked = random.pick(nodes)
  if (picked === undefined) throw new Error('there is no node')
  return picked
}

const seconds = ({ random }: World, low: number, high: number): number =>
  random.between(low * 10, high * 10) / 10

const needsPostgres = ({ postgres }: Installation): string | undefined =>
  postgres === undefined ? 'the store is no PostgreSQL' : undefined

const needsDisk = ({ disk }: Installation): string | undefined =>
  disk === undefined ? 'needs SQLite, and root to mount a small disk' : undefined

async function restartPostgres(world: Installation, how: 'kill' | 'fast'): Promise<string> {
  const away = seconds(world, 0, 3)
  await world.postgres?.stop(how)
  await pause(away * 1000)
  await world.postgres?.start()
  return `away for ${away} s`
}

const WRONG_BY_MS = 30_000

/** Every fault, by name. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    async run(world) {
      const hit = node(world)
      await hit.end('SIGKILL')
      await hit.start()
      return hit.name
    },
  },
  {
    name: 'terminate',
    async run(world) {
      const hit = node(world)
      const started = Date.now()
      const code = await hit.end('SIGTERM')
      const took = Date.now() - started
      const subject = { name: hit.name, history: [] }
      world.ledger.check('a drain ends well', code === 0 && took < 12_000, subject, () => {
        return `exit code ${code} after ${took} ms`
      })
      await hit.start()
      return `${hit.name} drained in ${took} ms`
    },
  },
  {
    name: 'pause',
    async run(world) {
      const hit = node(world)
      const time = seconds(world, 2, 15)
      hit.pause()
      await pause(time * 1000)
      hit.resume()
      return `${hit.name} for ${time} s`
    },
  },
  {
    name: 'cut',
    async run(world) {
      const proxy = world.random.pick(world.proxies)
      const time = seconds(world, 0, 15)
      proxy?.cut()
      await pause(time * 1000)
      proxy?.mend()
      return `a feed for ${time} s`
    },
  },
  {
    name: 'postgres-kill',
    impossible: needsPostgres,
    run: (world) => restartPostgres(world, 'kill'),
  },
  {
    name: 'postgres-restart',
    impossible: needsPostgres,
    run: (world) => restartPostgres(world, 'fast'),
  },
  {
    name: 'clock',
    async run(world) {
      const hit = node(world)
      const by = world.random.next() < 0.5 ? WRONG_BY_MS : -WRONG_BY_MS
      const time = seconds(world, 3, 8)
      world.weather.wrongClockUntil = Number.POSITIVE_INFINITY
      hit.shift(by)
      await pause(time * 1000)
      hit.shift(0)
      // What it issued is dated by it for as long.
      world.weather.wrongClockUntil = Date.now() + WRONG_BY_MS + 5000
      return `${hit.name} by ${by / 1000} s for ${time} s`
    },
  },
  {
    name: 'compromise',
    async run(world) {
      await compromise(world)
      return 'the signing key is replaced'
    },
  },
  {
    name: 'migrate',
    async run(world) {
      const times = world.random.between(1, 3)
      for (let time = 0; time < times; time += 1) {
        // oxlint-disable-next-line no-await-in-loop -- nodes that start one after the other
        await (await openStore(world.storeUrl)).close()
      }
      return `${times} times`
    },
  },
  {
    name: 'disk-full',
    impossible: needsDisk,
    async run(world) {
      const time = seconds(world, 1, 4)
      const empty = fill(world.disk ?? '')
      await pause(time * 1000)
      empty()
      return `for ${time} s`
    },
  },
]
