/**
 * A process for tests that kill it: `node issue-file.ts <database> <secret>`. Issues certificates and
 * revokes every other one, without end. Prints a line for each answer, once it was given.
 */
import { Secret } from 'countersign'
import { openSqlite } from '../stores/sqlite/index.ts'
import { apiCaller } from './api-caller.ts'
import { ISSUE, issueOver, openWithCa } from './certificates.ts'

const [path = '', secret = ''] = process.argv.slice(2)
const ring = new Map([[1, new Secret(secret)]])
const at = await openWithCa({
  store: await openSqlite({ path }),
  secrets: { peppers: ring, keks: ring },
  clock: Date.now,
})
const call = await apiCaller(at, [ISSUE])
for (let round = 0; ; round += 1) {
  // oxlint-disable-next-line no-await-in-loop -- one after the other, until it is killed
  const { id } = await issueOver(call, { scopes: [ISSUE] })
  process.stdout.write(`issued ${id}\n`)
  if (round % 2 === 0) continue
  // oxlint-disable-next-line no-await-in-loop -- as above
  await call('DELETE', `/v1/certificates/${id}`)
  process.stdout.write(`revoked ${id}\n`)
}
