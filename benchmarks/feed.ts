/**
 * How long is a revoked key still accepted, with fifty verifiers on two authorities over one PostgreSQL?
 * What when the feed is cut? How much memory does a verifier with 100,000 live revocations take?
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { guard, RevocationSet, type Guard } from 'countersign'
import { authority, type AuthorityClient } from 'countersign/authority'
import { requestView } from 'countersign/testing'
import { startPostgres } from '../packages/server/src/testing/postgres.ts'
import { report } from './lib/report.ts'

const VERIFIERS = 50
const REVOCATIONS = 30
const STALENESS_SECONDS = 3
const LIVE = 100_000
const NODE = fileURLToPath(new URL('../examples/two-nodes/node.ts', import.meta.url))

interface Node {
  readonly child: ChildProcess
  readonly url: string
  readonly key?: string
}

async function startNode(env: Readonly<Record<string, string>>): Promise<Node> {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', NODE], {
    env: { ...process.env, ...env, PORT: '0', FIRST_KEY: 'yes' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  // Printed by node.ts.
  return { child, ...(JSON.parse(String(line)) as Omit<Node, 'child'>) }
}

interface Verifier {
  readonly client: AuthorityClient
  readonly desk: Guard
}

async function startVerifier({ url }: Node, credential: string): Promise<Verifier> {
  const client = authority({
    issuer: 'http://127.0.0.1:1',
    url,
    audience: 'https://api.example.com',
    algorithms: ['ES256'],
    credential,
    maxStalenessSeconds: STALENESS_SECONDS,
    allowPrivateHosts: ['127.0.0.1'],
    unsafe: { allowHttp: true },
  })
  await client.ready()
  return { client, desk: guard({ methods: client.methods }) }
}

const accepts = async ({ desk }: Verifier, key: string): Promise<boolean> => {
  const decision = await desk.check(requestView({ headers: [['x-api-key', key]] }))
  return decision.outcome === 'allowed'
}

/** When the verifier accepted the key for the last time. */
async function lastAccept(verifier: Verifier, key: string): Promise<number> {
  for (let last = performance.now(); ; last = performance.now()) {
    if (!(await accepts(verifier, key))) return last
    await setTimeout(2)
  }
}

async function call(
  node: Node,
  key: string,
  [method, path, body]: readonly [string, string, object?],
) {
  const answer = await fetch(`${node.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  // Members that are read here are text.
  return JSON.parse(text === '' ? '{}' : text) as Record<string, string>
}

function memoryOfRevocations(): number {
  const set = new RevocationSet()
  const before = process.memoryUsage().heapUsed
  const expiresAt = Math.floor(Date.now() / 1000) + 86_400
  for (let index = 0; index < LIVE; index += 1) {
    const subject = randomBytes(16).toString('base64url')
    set.add({ tenant: 'default', kind: 'token', subject, expiresAt })
  }
  globalThis.gc?.()
  const grown = process.memoryUsage().heapUsed - before
  if (set.overflowed) throw new Error('the set is full')
  return grown / 1e6
}

const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.floor((sorted.length - 1) * q)] ?? Number.NaN).toFixed(0)

const memory = memoryOfRevocations()
const postgres = await startPostgres({ durable: true })
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const secret = (): string => randomBytes(32).toString('base64url')
const SECRETS = join(folder, 'secrets.json')
writeFileSync(SECRETS, JSON.stringify({ pepper: secret(), kek: secret() }), { mode: 0o600 })
const environment = { DATABASE_URL: await postgres.create(), ISSUER: 'http://127.0.0.1:1', SECRETS }
const first = await startNode(environment)
const second = await startNode(environment)
const admin = first.key ?? second.key ?? ''
const verifiers = await Promise.all(
  Array.from({ length: VERIFIERS }, (_, n) => startVerifier(n % 2 === 0 ? first : second, admin)),
)
const service = await call(first, admin, ['POST', '/v1/services', { name: 'bench', scopes: ['a'] }])
const newKey = () =>
  call(first, admin, ['POST', '/v1/keys', { serviceId: service['id'], name: 'k', scopes: ['a'] }])

const delays: number[] = []
for (let round = 0; round < REVOCATIONS; round += 1) {
  const { id = '', secret: key = '' } = await newKey()
  const warm = await Promise.all(verifiers.map((verifier) => accepts(verifier, key)))
  if (warm.includes(false)) throw new Error('a key that lives was refused')
  const watching = verifiers.map((verifier) => lastAccept(verifier, key))
  await setTimeout(20)
  const asked = performance.now()
  await call(round % 2 === 0 ? first : second, admin, ['DELETE', `/v1/keys/${id}`])
  for (const last of await Promise.all(watching)) delays.push(last - asked)
}
delays.sort((left, right) => left - right)

// The feed of half of the verifiers is cut: their authority dies without a word.
const { id = '', secret: key = '' } = await newKey()
await Promise.all(verifiers.map((verifier) => accepts(verifier, key)))
const orphans = verifiers.filter((_, n) => n % 2 === 1)
const watching = orphans.map((verifier) => lastAccept(verifier, key))
second.child.kill('SIGKILL')
const cut = performance.now()
await call(first, admin, ['DELETE', `/v1/keys/${id}`])
const stale = (await Promise.all(watching)).map((last) => last - cut).toSorted((a, b) => a - b)

report('feed', [
  {
    title: `From asking to revoke to the last accept, ${VERIFIERS} verifiers on 2 authorities, one PostgreSQL (ms)`,
    columns: ['case', 'p50', 'p99', 'max'],
    lines: [
      ['feed alive', quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1)],
      [
        `authority killed, maxStalenessSeconds ${STALENESS_SECONDS}`,
        quantile(stale, 0.5),
        quantile(stale, 0.99),
        quantile(stale, 1),
      ],
    ],
  },
  {
    title: 'Memory of a verifier',
    columns: ['live revocations', 'MB of heap'],
    lines: [[LIVE.toLocaleString('en'), memory.toFixed(1)]],
  },
])
await Promise.all(verifiers.map(({ client }) => client.close()))
first.child.kill('SIGTERM')
await once(first.child, 'exit')
await postgres.dispose()
rmSync(folder, { recursive: true, force: true })
