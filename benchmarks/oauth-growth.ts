/**
 * How does the database grow, and does that cost time? Bytes of a million grants, from 100,000; and
 * how long one waits beside `ROWS` (2 million unless told) live rows, quiet and while a million
 * expired tokens are swept. The rows are copies of what the server wrote, made by SQL.
 */
import { DatabaseSync } from 'node:sqlite'
import { median } from './lib/compare.ts'
import { bytesByTable, fill, RANDOM_ID, type StoredRow } from './lib/fill.ts'
import { measure, type Sample } from './lib/oauth-compare.ts'
import { startServer, type OAuthServer } from './lib/oauth-server.ts'
import { CODE_EXCHANGE, INTROSPECTION, newFamily, REFRESH, refreshForm } from './lib/oauth-work.ts'
import { report, type Listing } from './lib/report.ts'

const ROWS = Number(process.env['ROWS'] ?? 2_000_000)
const EXPIRED = Math.min(1_000_000, ROWS / 2)
const GRANTS = 100_000
const ROUNDS = 3
const OURS = { name: 'countersign', file: 'oauth-countersign' }
/** Few, so that one waits for the server and not for the others. */
const WORKERS = 4
const WORK = [REFRESH, INTROSPECTION, CODE_EXCHANGE]

/** One code exchange and one refresh: what a person leaves behind in the first minutes. */
async function liveOnce(server: OAuthServer): Promise<void> {
  await server.token('app', refreshForm(await newFamily(server)))
}

function open({ facts }: OAuthServer): DatabaseSync {
  const database = new DatabaseSync(facts.file, { timeout: 60_000 })
  database.exec('pragma synchronous = off; pragma cache_size = -1000000')
  return database
}

const rowsOf = (database: DatabaseSync, table: string): readonly StoredRow[] =>
  database.prepare(`select * from ${table}`).all()

const GRANT_ID = `'grt_' || lower(hex(randomblob(8)))`
const DIFFERING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  token_grant: { id: GRANT_ID },
  artefact: { id: RANDOM_ID, grant_id: GRANT_ID },
  token: { id: RANDOM_ID, grant_id: GRANT_ID },
  event: {},
}

async function bytesOfGrants(): Promise<Listing> {
  const server = await startServer(OURS)
  const database = open(server)
  const eventsBefore = rowsOf(database, 'event').length
  await liveOnce(server)
  const events = rowsOf(database, 'event').slice(eventsBefore)
  const before = bytesByTable(database)
  const copy = (table: string, rows: readonly StoredRow[]): void => {
    rows.forEach((row, at) => {
      const numbered = table === 'event' ? { sequence: `${(at + 1) * 10_000_000} + i` } : {}
      const differing = { ...DIFFERING[table], ...numbered }
      fill(database, table, { row, differing, count: GRANTS })
    })
  }
  copy('token_grant', rowsOf(database, 'token_grant'))
  copy('artefact', rowsOf(database, 'artefact'))
  copy('token', rowsOf(database, 'token'))
  copy('event', events)
  const after = bytesByTable(database)
  server.stop()
  const perMillion = (table: string): number =>
    (((after.get(table) ?? 0) - (before.get(table) ?? 0)) / GRANTS) * 1e6
  const gone: Readonly<Record<string, string>> = {
    token_grant: 'a day after the grant ends',
    artefact: 'a day after the code ends',
    token: 'when each ends',
    event: 'never: the audit log',
  }
  const tables = Object.keys(DIFFERING)
  const lines = tables.map((table) => [table, megabytes(perMillion(table)), gone[table] ?? ''])
  const total = tables.reduce((sum, table) => sum + perMillion(table), 0)
  return {
    title: `Bytes of a million grants, each with a code exchange and a refresh to opaque tokens (from ${GRANTS.toLocaleString('en')})`,
    columns: ['table with its indices', 'MB', 'swept'],
    lines: [...lines, ['all', megabytes(total), '']],
  }
}

const megabytes = (bytes: number): string => Math.round(bytes / 1e6).toLocaleString('en')

/** A round of every kind of work, in one state of the database. */
async function look(server: OAuthServer): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (const work of WORK) {
    const count = Math.round(work.count / 4)
    samples.push(await measure(server, await work.prepare(server, count), count, WORKERS))
  }
  return samples
}

async function waits(): Promise<Listing> {
  const server = await startServer(OURS)
  const database = open(server)
  await liveOnce(server)
  await look(server)
  const empty: (readonly Sample[])[] = []
  for (let round = 0; round < ROUNDS; round += 1) empty.push(await look(server))
  const [grant] = rowsOf(database, 'token_grant')
  const tokens = rowsOf(database, 'token').slice(0, 4)
  if (grant === undefined) throw new Error('no grant')
  const now = Math.floor(Date.now() / 1000)
  const ends = (after: string): Readonly<Record<string, string>> => ({
    ...DIFFERING['token'],
    expires_at: after,
  })
  fill(database, 'token_grant', {
    row: grant,
    differing: { ...DIFFERING['token_grant'], expires_at: `${now} + 86400 + i` },
    count: ROWS / 10,
  })
  for (const row of tokens) {
    const count = Math.round((ROWS * 0.9) / tokens.length)
    fill(database, 'token', { row, differing: ends(`${now} + 86400 + i`), count })
  }
  for (const row of tokens) {
    const count = Math.round(EXPIRED / tokens.length)
    fill(database, 'token', { row, differing: ends(`${now} - 1 - i % 1000`), count })
  }
  database.exec('pragma wal_checkpoint(truncate)')
  const quiet: (readonly Sample[])[] = []
  const swept: (readonly Sample[])[] = []
  await look(server)
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(await look(server))
    await server.sweep(true)
    swept.push(await look(server))
    await server.sweep(false)
  }
  const left = database.prepare('select count(*) as n from token where expires_at < ?').get(now)
  server.stop()
  const lines = [
    ['empty', ...cells(empty)],
    [
      `${ROWS.toLocaleString('en')} live rows and up to ${EXPIRED.toLocaleString('en')} expired ones`,
      ...cells(quiet),
    ],
    ['the same, swept without a pause', ...cells(swept)],
    ['p99 swept against quiet', ...WORK.flatMap((_, at) => ['', ratio(swept, quiet, at)])],
  ]
  console.log(`expired rows left unswept: ${String(left?.['n'])}`)
  return {
    title: `Milliseconds beside many rows, ${WORKERS} callers`,
    columns: [
      'database',
      ...['refresh', 'introspection', 'code'].flatMap((name) => [`${name} p50`, 'p99']),
    ],
    lines,
  }
}

const cells = (rounds: readonly (readonly Sample[])[]): readonly string[] =>
  WORK.flatMap((_, at) => {
    const own = rounds.map((samples) => samples[at])
    return [median(own.map((s) => s?.p50 ?? NaN)), median(own.map((s) => s?.p99 ?? NaN))].map(
      (value) => value.toFixed(2),
    )
  })

function ratio(
  left: readonly (readonly Sample[])[],
  right: readonly (readonly Sample[])[],
  at: number,
): string {
  const ratios = left.map(
    (samples, round) => (samples[at]?.p99 ?? NaN) / (right[round]?.[at]?.p99 ?? NaN),
  )
  return `x${median(ratios).toFixed(2)}`
}

report('oauth-growth', [await bytesOfGrants(), await waits()])
