import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { configJsonSchema } from '@countersign/server/config'
import { cliReference } from './reference.ts'

const root = new URL('../../../', import.meta.url)
const PAGES: readonly [path: string, text: string][] = [
  ['docs/reference/cli.md', cliReference()],
  ['docs/reference/countersign.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
]

for (const [path, text] of PAGES) {
  test(`${path} is what the source says`, () => {
    const file = new URL(path, root)
    if (process.env['UPDATE_REFERENCE'] === '1') writeFileSync(file, text)
    const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
    assert.ok(current === text, 'run UPDATE_REFERENCE=1 npm test')
  })
}
