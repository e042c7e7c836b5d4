/** A run: load, checks and faults side by side until the time is over, then the last look. */
import { verifyChain } from '../../packages/server/src/events/verify-chain.ts'
import { checkHolding } from './check.ts'
import { FAULTS, type Fault } from './faults.ts'
import { install, type Installation, type StoreKind } from './installation.ts'
import { endKey, newKey, rotateKey, rotateSigningKey, signedRequest } from './keys.ts'
import { isLiving } from './ledger.ts'
import { summarise, type Summary } from './summary.ts'
import { clientCredentials, endSomething, newFamily, refreshFamily, reuse } from './tokens.ts'
import { pause, type Holding, type World } from './world.ts'

/** What to run. */
export interface SoakOptions {
  readonly store: StoreKind
  readonly seconds: number
  readonly seed: number
  /** Names of {@link FAULTS}. @defaultValue all that can be here */
  readonly faults?: readonly string[]
  /** Told of each fault as it ends, and of what is skipped. */
  readonly print: (line: string) => void
}

/** How often each thing is done, in shares. */
const LOAD: readonly (readonly [number, (world: World) => Promise<void>])[] = [
  [3, clientCredentials],
  [2, newFamily],
  [6, refreshFamily],
  [2, newKey],
  [1, rotateKey],
  [1, endKey],
  [2, endSomething],
  [0.3, reuse],
  [2, signedRequest],
  [0.05, rotateSigningKey],
]
const WORKERS = 6
const CHECKERS = 4
/** A node that is back answers within this time, and so does everything that it serves. */
const RECOVERY_MS = 30_000

/** Runs a soak and answers what it saw. */
export async function soak(options: SoakOptions): Promise<Summary> {
  const faults = options.faults ?? FAULTS.map(({ name }) => name)
  const toleranceSeconds = faults.includes('clock') ? 35 : 3
  const world = await install(options.store, { seed: options.seed, toleranceSeconds })
  const chosen = possible(world, { ...options, faults })
  try {
    const until = Date.now() + options.seconds * 1000
    const running = [
      ...Array.from({ length: WORKERS }, () => work(world)),
      ...Array.from({ length: CHECKERS }, () => watch(world)),
    ]
    await goWrong(world, { chosen, until, print: options.print })
    world.weather.stopped = true
    await Promise.all(running)
    await lastLook(world)
    return summarise(world.ledger, options)
  } finally {
    await world.close()
  }
}

function possible(
  world: Installation,
  { faults, print }: { readonly faults: readonly string[]; readonly print: SoakOptions['print'] },
): readonly Fault[] {
  return FAULTS.filter(({ name, impossible }) => {
    if (!faults.includes(name)) return false
    const why = impossible?.(world)
    if (why !== undefined) print(`skipped ${name}: ${why}`)
    return why === undefined
  })
}

/** Does one thing after the other, by chance. */
async function work(world: World): Promise<void> {
  const all = LOAD.reduce((sum, [share]) => sum + share, 0)
  while (!world.weather.stopped) {
    let left = world.random.next() * all
    const found = LOAD.find(([share]) => (left -= share) < 0)
    // oxlint-disable-next-line no-await-in-loop -- one thing after the other
    await found?.[1](world)
    // oxlint-disable-next-line no-await-in-loop -- the machine is not what is tested
    await pause(world.random.between(5, 40))
  }
}

/** Checks credentials at every place, those that ended lately more often. */
async function watch(world: World): Promise<void> {
  while (!world.weather.stopped) {
    const { random, holdings, verifiers, nodes } = world
    const ended = random.next() < 0.5 ? recentlyEnded(holdings) : []
    const holding = random.pick(ended) ?? random.pick(holdings)
    const at = random.pick([...verifiers, ...nodes])
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    if (holding !== undefined && at !== undefined) await checkHolding(world, holding, at)
    // oxlint-disable-next-line no-await-in-loop -- the machine is not what is tested
    await pause(random.between(1, 15))
  }
}

const recentlyEnded = (holdings: readonly Holding[]): readonly Holding[] =>
  holdings.filter(({ marks }) => !isLiving(marks)).slice(-20)

interface Trouble {
  readonly chosen: readonly Fault[]
  readonly until: number
  readonly print: SoakOptions['print']
}

/** Faults in an order by chance, each waited for, until the time is over or a rule is broken. */
async function goWrong(world: Installation, { chosen, until, print }: Trouble): Promise<void> {
  const { ledger, random, weather } = world
  const bag: Fault[] = []
  await pause(2000)
  while (Date.now() < until && ledger.violations.length === 0) {
    if (bag.length === 0) bag.push(...shuffled(chosen, world))
    const fault = bag.pop()
    if (fault !== undefined) {
      weather.fault = fault.name
      const started = Date.now()
      // oxlint-disable-next-line no-await-in-loop -- one fault after the other
      const said = await fault.run(world)
      const over = Date.now()
      // oxlint-disable-next-line no-await-in-loop -- see above
      await recovered(world)
      weather.calmSince = Date.now()
      weather.fault = undefined
      ledger.count(`fault ${fault.name}`)
      print(
        `${fault.name}: ${said}; lasted ${over - started} ms, well after ${Date.now() - over} ms`,
      )
    }
    // oxlint-disable-next-line no-await-in-loop -- mostly short, sometimes long enough to be calm
    await pause(random.next() < 0.4 ? random.between(8000, 12_000) : random.between(300, 2000))
  }
}

const shuffled = (faults: readonly Fault[], { random }: World): readonly Fault[] =>
  faults
    .map((fault) => ({ fault, order: random.next() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ fault }) => fault)

/** Every node is ready, and nothing that was acknowledged lately is lost at any of them. */
async function recovered(world: World): Promise<void> {
  const started = Date.now()
  for (const node of world.nodes) {
    // oxlint-disable-next-line no-await-in-loop -- nodes one after the other
    while (!(await isReady(node.url)) && Date.now() - started < RECOVERY_MS) await pause(50)
    const ms = Date.now() - started
    const subject = { name: node.name, history: [] }
    world.ledger.check('a node recovers', ms < RECOVERY_MS, subject, () => `not after ${ms} ms`)
  }
  await readBack(world, 60)
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}

/** Asks every node for what was acknowledged last. */
async function readBack(world: World, most: number): Promise<void> {
  for (const holding of world.holdings.slice(-most)) {
    // oxlint-disable-next-line no-await-in-loop -- a crowd of questions would be a fault of its own
    await Promise.all(world.nodes.map((node) => checkHolding(world, holding, node)))
  }
}

/** Everything is read back, and the audit log is whole. */
async function lastLook(world: Installation): Promise<void> {
  world.weather.calmSince = Date.now()
  await readBack(world, Number.POSITIVE_INFINITY)
  const report = await verifyChain(world.store.events)
  const subject = { name: 'audit log', history: [] }
  world.ledger.check('the audit chain is whole', report.intact, subject, () =>
    JSON.stringify(report),
  )
}
