/**
 * A serving node for the soak: `node node-file.ts`, told by its environment where the store is. Ends on
 * SIGTERM as `countersign serve` does. Its clock is shifted by messages of its parent (`{ "shift": ms }`).
 */
import { Secret } from 'countersign'
import { createAuthority } from '../../packages/server/src/authority.ts'
import { serve } from '../../packages/server/src/http/serve.ts'
import { makeLogger } from '../../packages/server/src/operations/log.ts'
import { openStore, readRules } from './open-store.ts'

const { SOAK_STORE = '', SOAK_SECRET = '', SOAK_PORT = '0' } = process.env
let shift = 0
process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'shift' in message)
    shift = Number(message.shift)
})
const clock = (): number => Date.now() + shift
const ring = new Map([[1, new Secret(SOAK_SECRET)]])
const store = await openStore(SOAK_STORE, clock)
const authority = await createAuthority({
  issuer: 'http://127.0.0.1:1',
  audience: 'https://api.example.com',
  store,
  secrets: { peppers: ring, keks: ring },
  signing: readRules(process.env['SOAK_SIGNING']),
  logger: makeLogger({ level: 'silent' }),
  clock,
  // The database of a run begins with it: the fence would hold back everything that is signed.
  unsafe: { noReplayFence: true },
})
const server = await serve(authority, { port: Number(SOAK_PORT), drainSeconds: 5 })
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => store.close())
    .then(() => process.exit(0))
})
process.send?.('serving')
