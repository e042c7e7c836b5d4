import { after, before } from 'node:test'
import { startPostgres, type PostgresServer } from '../../testing/postgres.ts'
import { storeContract } from '../../testing/store-contract/index.ts'
import { migratePostgres, openPostgres } from './index.ts'

let server: PostgresServer
let template: string

before(async () => {
  server = await startPostgres()
  const url = await server.create()
  await migratePostgres({ url })
  template = new URL(url).pathname.slice(1)
})
after(() => server.dispose())

storeContract('PostgreSQL', async () => {
  const url = await server.create(template)
  return { store: await openPostgres({ url }), again: () => openPostgres({ url }) }
})
