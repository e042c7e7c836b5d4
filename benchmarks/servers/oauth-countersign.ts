/** The authority on a SQLite file. */
import { setImmediate } from 'node:timers/promises'
import { createAuthority, makeLogger, serve } from '@countersign/server'
import { openSqlite } from '@countersign/server/sqlite'
import { addClient, freshSecrets, handClock } from '../../packages/server/src/testing/authority.ts'
import { housekeeper } from '../../packages/server/src/operations/housekeeper.ts'
import { addPerson, giveCode } from '../../packages/server/src/testing/grants.ts'
import { basic, databaseFile, offer, REDIRECT_URI, type SeededCode } from './oauth-target.ts'

const file = databaseFile()
const authority = await createAuthority({
  issuer: 'http://127.0.0.1:4180',
  store: await openSqlite({ path: file }),
  secrets: freshSecrets(),
  logger: makeLogger({ level: 'error' }),
})
const grantTypes = ['authorization_code', 'refresh_token']
const jwt = await addClient({ authority })
const opaque = await addClient({ authority }, { accessTokenFormat: 'opaque' })
const app = await addClient({ authority }, { accessTokenFormat: 'opaque', grantTypes })
const person = await addPerson({ authority })

async function codes(count: number): Promise<readonly SeededCode[]> {
  const clock = handClock(Math.floor(Date.now() / 1000))
  const given: SeededCode[] = []
  for (let made = 0; made < count; made += 1) {
    const { code, verifier } = await giveCode({ authority, clock }, app, { person })
    given.push({ code, verifier })
  }
  return given
}

const basicOf = ({ id, secret }: { readonly id: string; readonly secret: string }): string =>
  basic(id, secret)

const sweeper = { rounds: 0, isOn: false }
const household = { ...authority.context, certificates: undefined, revocations: { sweep() {} } }

/** Worse than in service, where a round comes every ten seconds. */
function sweep(on: boolean): number {
  if (on && !sweeper.isOn) void sweepOn()
  sweeper.isOn = on
  return sweeper.rounds
}

async function sweepOn(): Promise<void> {
  const keeper = housekeeper(household)
  do {
    await keeper.run()
    sweeper.rounds += 1
    await setImmediate()
  } while (sweeper.isOn)
  await keeper.close()
}

const server = await serve(authority, { host: '127.0.0.1', port: 0 })
const paths = { tokenPath: '/oauth/token', introspectionPath: '/oauth/introspect' }
const clients = { jwt: basicOf(jwt), opaque: basicOf(opaque), app: basicOf(app) }
offer({ origin: server.url, ...paths, ...clients, redirectUri: REDIRECT_URI, file, codes, sweep })
