/**
 * A serving process for tests that kill it: `node serve-file.ts <database> <secret>`. Prints one JSON
 * line with its URL and, on a new database, a client for each format of token.
 */
import { Secret } from 'countersign'
import { createAuthority } from '../authority.ts'
import { serve } from '../http/serve.ts'
import { makeLogger } from '../operations/log.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { addClient } from './authority.ts'

const [path = '', secret = '', isNew] = process.argv.slice(2)
const ring = new Map([[1, new Secret(secret)]])
const authority = await createAuthority({
  issuer: 'http://127.0.0.1:1',
  store: await openSqlite({ path }),
  secrets: { peppers: ring, keks: ring },
  logger: makeLogger({ level: 'silent' }),
})
const posting = { tokenEndpointAuthMethod: 'client_secret_post' } as const
const clients =
  isNew === 'new'
    ? {
        jwt: await addClient({ authority }, posting),
        opaque: await addClient({ authority }, { ...posting, accessTokenFormat: 'opaque' }),
      }
    : {}
const { url } = await serve(authority, { port: 0 })
process.stdout.write(`${JSON.stringify({ url, clients })}\n`)
