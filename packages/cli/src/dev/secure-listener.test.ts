import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { chooseSecurePort, resolveFlag } from './secure-listener.ts'

test('the secure port is the next one, or a free one where that is taken', async (t) => {
  const taken = createServer()
  t.after(() => taken.close())
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  assert.ok(typeof address === 'object' && address !== null)
  const elsewhere = await chooseSecurePort('127.0.0.1', address.port - 1)
  assert.ok(elsewhere > 0 && elsewhere !== address.port)
  assert.ok((await chooseSecurePort('127.0.0.1', 65_535)) <= 65_535)
})

test('curl is told the address where localhost does not lead there', async () => {
  assert.equal(await resolveFlag('127.0.0.9', 4181), '--resolve localhost:4181:127.0.0.9 ')
  assert.equal(await resolveFlag('::9', 4181), '--resolve localhost:4181:[::9] ')
})
