/**
 * A process of its own that claims uses on a SQLite file and prints each outcome once it has it:
 * `node replay-claimer.ts <path> <count>`; then it waits to be killed.
 */
import { writeSync } from 'node:fs'
import { storedReplay } from '../replay/stored-replay.ts'
import { openSqlite } from '../stores/sqlite/index.ts'

const [path = '', count = '0'] = process.argv.slice(2)

/** Far after the fence of a database that is made now. */
const SIGNED_AT = 4_000_000_000

const store = await openSqlite({ path, busyTimeoutMs: 20_000 })
const replay = storedReplay(store)
for (let index = 0; index < Number(count); index += 1) {
  const claim = {
    tenant: 'default',
    credentialId: 'sig_one',
    use: `nonce-${index}`,
    signedAt: SIGNED_AT,
    expiresAt: SIGNED_AT + 60,
    toleranceSeconds: 30,
  }
  const outcome = await replay.claim(claim, SIGNED_AT)
  writeSync(1, `${index} ${outcome}\n`)
}
writeSync(1, 'done\n')
setInterval(() => {}, 1000)
