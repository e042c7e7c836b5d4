import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Terminal } from './terminal.ts'

function terminal(options: {
  readonly isTTY?: boolean
  readonly json?: boolean
  readonly environment?: Record<string, string>
}) {
  const written = { out: '', err: '' }
  const sink = (name: 'out' | 'err') => ({
    isTTY: options.isTTY ?? false,
    write: (text: string) => {
      written[name] += text
    },
  })
  const { json = false, environment = {} } = options
  return {
    written,
    terminal: new Terminal({ out: sink('out'), err: sink('err'), json, environment }),
  }
}

test('colours a terminal, and nothing else', () => {
  assert.ok(terminal({ isTTY: true }).terminal.paint('red', 'x').startsWith('\u001b[31m'))
  assert.equal(terminal({}).terminal.paint('red', 'x'), 'x')
  for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
    assert.equal(terminal({ isTTY: true, environment }).terminal.paint('red', 'x'), 'x')
})

test('JSON is one line on stdout; failures are JSON on stderr; remarks are silent', () => {
  const { terminal: it, written } = terminal({ json: true })
  it.result({ a: 1 }, () => assert.fail('the human form'))
  it.note('a remark')
  it.failure('usage', 'no\nway')
  assert.equal(written.out, '{"a":1}\n')
  assert.equal(written.err, '{"error":{"code":"usage","message":"no\\nway"}}\n')
})

test('a table takes the escape sequences out of names that others chose', () => {
  const { terminal: it, written } = terminal({})
  it.table([{ name: '\u001b[2Jevil\u202e' }], [['NAME', ({ name }) => name]], 'none')
  assert.ok(!written.out.includes('\u001b') && !written.out.includes('\u202e'))
  it.table([], [['NAME', () => '']], 'no keys')
  assert.match(written.out, /no keys\n$/)
})
