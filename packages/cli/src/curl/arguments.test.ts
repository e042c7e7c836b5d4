import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemOfArguments } from './arguments.ts'

const ORIGIN = 'http://127.0.0.1:4180'
const URL = `${ORIGIN}/demo/orders`

const TAKEN: readonly (readonly string[])[] = [
  [URL],
  ['-s', URL],
  ['-sSf', URL, `${ORIGIN}?a=b`],
  ['-XPOST', URL],
  ['-sX', 'POST', '-d', '{"a":1}', '-H', 'Content-Type: application/json', URL],
  ['--json', '{}', '-o', 'out.json', URL],
  ['-d', '@body.json', URL],
]
for (const args of TAKEN) {
  test(`takes curl ${args.join(' ')}`, () => {
    assert.equal(problemOfArguments(args, ORIGIN), undefined)
  })
}

const REFUSED: readonly [why: string, args: readonly string[]][] = [
  ['no URL', ['-s']],
  ['another origin', ['https://evil.example/']],
  ['another origin beside ours', [URL, 'https://evil.example/']],
  ['a host without a scheme', [URL, 'evil.example']],
  ['another port', ['http://127.0.0.1:41800/']],
  ['our origin as user info', [`${ORIGIN}@evil.example/`]],
  ['a backslash that parsers read differently', [`${ORIGIN}\\@evil.example/`]],
  ['our origin as a prefix of a name', [`${ORIGIN}.evil.example/`]],
  ['a proxy', ['-x', 'http://evil.example', URL]],
  ['a proxy in a bundle', ['-sx', 'http://evil.example', URL]],
  ['a proxy by its long name', ['--proxy', 'http://evil.example', URL]],
  ['another configuration', ['-K', 'file', URL]],
  ['another configuration in a bundle', ['-sKfile', URL]],
  ['credentials that follow a redirect', ['--location-trusted', URL]],
  ['another address for the host', ['--connect-to', '::evil.example:', URL]],
  ['another resolution of the host', ['--resolve', '127.0.0.1:4180:192.0.2.1', URL]],
  ['another set of requests', ['--next', URL]],
  ['a URL in an option', ['--url', 'https://evil.example/', URL]],
  ['a trace of what was sent', ['--trace', 'file', URL]],
  ['no check of certificates', ['-k', URL]],
  ['a body from stdin', ['-d', '@-', URL]],
  ['a body from stdin, attached', ['-d@-', URL]],
  ['a form from stdin', ['-F', 'file=@-', URL]],
  ['an option without its value', [URL, '-d']],
  ['a lone dash', ['-', URL]],
]
for (const [why, args] of REFUSED) {
  test(`refuses ${why}`, () => {
    assert.equal(typeof problemOfArguments(args, ORIGIN), 'string')
  })
}
