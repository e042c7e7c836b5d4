/**
 * A serving process for tests that kill it: `node serve-file.ts <database> <secret>`. Prints one JSON
 * line with its URL and, on a new database, a client for each format
 * of token, codes for a third, one for devices, and a user with a password.
 */
import { Secret } from 'countersign'
import { createAuthority } from '../authority.ts'
import { serve } from '../http/serve.ts'
import { makeLogger } from '../operations/log.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { addClient, handClock } from './authority.ts'
import { addDeviceClient } from './devices.ts'
import { addPerson, giveCode } from './grants.ts'
import { addUser } from './people.ts'

const [path = '', secret = '', isNew] = process.argv.slice(2)
const ring = new Map([[1, new Secret(secret)]])
const authority = await createAuthority({
  issuer: 'http://127.0.0.1:1',
  store: await openSqlite({ path }),
  secrets: { peppers: ring, keks: ring },
  logger: makeLogger({ level: 'silent' }),
})
const posting = { tokenEndpointAuthMethod: 'client_secret_post' } as const
const CODES = 40

async function seed() {
  const grantTypes = ['authorization_code', 'refresh_token']
  const app = await addClient({ authority }, { ...posting, grantTypes })
  const person = await addPerson({ authority })
  const clock = handClock(Math.floor(Date.now() / 1000))
  const codes = []
  for (let index = 0; index < CODES; index += 1)
    codes.push(await giveCode({ authority, clock }, app, { person }))
  const jwt = await addClient({ authority }, posting)
  const opaque = await addClient({ authority }, { ...posting, accessTokenFormat: 'opaque' })
  const device = await addDeviceClient({ authority }, posting)
  const user = await addUser({ authority }, 'alice')
  return { clients: { jwt, opaque, app, device }, codes, user }
}

const seeded = isNew === 'new' ? await seed() : {}
const { url } = await serve(authority, { port: 0 })
process.stdout.write(`${JSON.stringify({ url, ...seeded })}\n`)
