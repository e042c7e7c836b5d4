import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAuthorityPage } from './page.ts'

test('reads the first form, its values unescaped, and its buttons', () => {
  const page = readAuthorityPage(
    '<form method="post" action="/oauth/interaction?a=1&amp;b=2"><input type="hidden" name="csrf" value="a&quot;b"><input name="username"><button name="decision" value="allow">Go</button></form>',
  )
  assert.deepEqual(page, {
    action: '/oauth/interaction?a=1&b=2',
    fields: { csrf: 'a"b', username: '' },
    buttons: ['decision=allow'],
    onward: undefined,
  })
})

test('reads where a page leads by itself, and nothing of a page that is none of ours', () => {
  const refresh =
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:1/cb?code=x&amp;iss=y">'
  assert.equal(readAuthorityPage(refresh).onward, 'http://127.0.0.1:1/cb?code=x&iss=y')
  const nothing = { action: undefined, fields: {}, buttons: [], onward: undefined }
  assert.deepEqual(readAuthorityPage('<p>hello'), nothing)
})
