import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAuthority } from '../testing/authority.ts'

test('without its store a person gets a page that says when to come back, a client JSON', async () => {
  const at = await openAuthority()
  await at.store.close()
  const ask = (path: string) =>
    at.authority.fetch(new Request(`https://auth.example.com${path}`), {
      remoteAddress: '192.0.2.7',
    })
  const page = await ask('/account')
  const type = page.headers.get('content-type') ?? ''
  assert.deepEqual([page.status, type.startsWith('text/html')], [503, true])
  assert.notEqual(page.headers.get('retry-after'), null)
  const [, id = 'none'] = /(dec_\w+)/.exec(await page.text()) ?? []
  assert.ok(
    at.logged.some((line) => line.includes(id)),
    'the id stands in the log',
  )
  const other = await ask('/oauth/jwks')
  assert.equal(other.headers.get('content-type'), 'application/json')
  await at.authority.close()
})
