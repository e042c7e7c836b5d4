import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { checkDocs } from './check-docs.ts'
import { listExamples, writeExamples } from './lib/examples.ts'
import { ROOT } from './lib/files.ts'
import { formatProblem } from './lib/report.ts'

describe('the documentation', () => {
  it('agrees with the code, links to what exists, and compiles', () => {
    assert.deepEqual(checkDocs().map(formatProblem), [])
  })

  const runnable = listExamples().filter(({ runs }) => runs)
  for (const { where, file } of runnable) {
    it(`runs as it is printed: ${where}`, () => {
      writeExamples(listExamples())
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--conditions=@countersign/source', file],
        { cwd: ROOT, encoding: 'utf8', timeout: 30_000 },
      )
      assert.equal(status, 0, stderr)
    })
  }
})
