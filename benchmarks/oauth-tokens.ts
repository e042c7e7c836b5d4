/**
 * What does an authorization server cost, and does a race sign people out? Every server on a SQLite file
 * of the same engine (`node:sqlite`), WAL, `synchronous = full`: an answer is on the disk before it is
 * sent. `QUICK=1` for a short look.
 */
import { compareServers } from './lib/oauth-compare.ts'
import { raceRefreshes } from './lib/oauth-race.ts'
import { startServer, type OAuthContender } from './lib/oauth-server.ts'
import {
  CLIENT_CREDENTIALS_JWT,
  CLIENT_CREDENTIALS_OPAQUE,
  CODE_EXCHANGE,
  INTROSPECTION,
  REFRESH,
  type Work,
} from './lib/oauth-work.ts'
import { report, type Table } from './lib/report.ts'

const BASE = 'countersign'
const OURS: OAuthContender = { name: BASE, file: 'oauth-countersign' }
const OIDC: OAuthContender = { name: 'oidc-provider', file: 'oauth-oidc-provider' }
/** With what ours always does: the successor is kept, encrypted, for whoever asks again. */
const BETTER: OAuthContender = {
  name: 'better-auth, reuse interval 20 s',
  file: 'oauth-better-auth',
  args: ['20'],
}
const FLOOR: OAuthContender = { name: 'bare node:http, a map', file: 'oauth-floor' }
const quick = process.env['QUICK'] === '1' ? { rounds: 2, scale: 0.3 } : {}

const servers = await Promise.all([OURS, OIDC, BETTER].map((one) => startServer(one)))
const floor = await startServer(FLOOR)
const tables: Table[] = []
const add = async (work: Work, all = servers): Promise<void> => {
  const rows = await compareServers(all, work, quick)
  tables.push({ title: work.title, base: BASE, rows })
}
await add(CLIENT_CREDENTIALS_JWT)
await add(CLIENT_CREDENTIALS_OPAQUE)
await add(INTROSPECTION, [...servers, floor])
await add(CODE_EXCHANGE)
await add(REFRESH)
for (const server of [...servers, floor]) server.stop()

const races = await raceRefreshes([
  OURS,
  OIDC,
  { ...OIDC, name: 'oidc-provider, store 5 ms away', args: ['5'] },
  { ...BETTER, name: 'better-auth, as it comes', args: ['0'] },
  BETTER,
])
report('oauth-tokens', [...tables, races])
