import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequest } from './signed-arguments.ts'

const URL = 'http://127.0.0.1:4180/demo/orders'
const FORM = ['content-type', 'application/x-www-form-urlencoded']

const READ: readonly [args: readonly string[], request: object, rest?: readonly string[]][] = [
  [[URL], { url: URL, method: 'GET', headers: [], body: '' }],
  [
    ['-s', '-o', 'out', URL],
    { url: URL, method: 'GET', headers: [], body: '' },
    ['-s', '-o', 'out'],
  ],
  [['-d', 'a=b', URL], { url: URL, method: 'POST', headers: [FORM], body: 'a=b' }],
  [
    ['--json', '{}', '-X', 'PUT', '-H', 'X-A: 1', URL],
    {
      url: URL,
      method: 'PUT',
      headers: [
        ['X-A', '1'],
        ['content-type', 'application/json'],
      ],
      body: '{}',
    },
  ],
  [
    ['-H', 'Content-Type: text/plain', '--data-raw', '@x', URL],
    { url: URL, method: 'POST', headers: [['Content-Type', 'text/plain']], body: '@x' },
  ],
]
for (const [args, request, rest = []] of READ) {
  test(`signs what curl ${args.join(' ')} sends`, () => {
    assert.deepEqual(readRequest(args), { ok: true, value: { request, rest } })
  })
}

const REFUSED: readonly [what: string, args: readonly string[]][] = [
  ['no URL', ['-s']],
  ['two URLs', [URL, URL]],
  ['a body from a file', ['-d', '@file', URL]],
  ['two bodies', ['-d', 'a', '-d', 'b', URL]],
  ['a redirect', ['-L', URL]],
  ['a query made of the body', ['-G', '-d', 'a=b', URL]],
  ['another query', ['--url-query', 'a=b', URL]],
  ['a form', ['-F', 'a=b', URL]],
  ['another method', ['-I', URL]],
  ['an attached value', ['-XPOST', URL]],
  ['a method that is normalised', ['-X', 'post', URL]],
  ['a header with a second line', ['-H', 'A: b\r\nC: d', URL]],
  ['a header without a value', ['-H', 'A;', URL]],
  ['headers from a file', ['-H', '@file', URL]],
  ['a range', ['-r', '0-1', URL]],
]
for (const [what, args] of REFUSED) {
  test(`signs no request with ${what}`, () => {
    assert.equal(readRequest(args).ok, false)
  })
}
