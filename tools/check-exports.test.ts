import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkExports, checkPurity, PURITY, subpaths } from './check-exports.ts'
import { listPackages } from './lib/files.ts'
import { formatProblem } from './lib/report.ts'

const LIBRARY = 'packages/countersign/src'

describe('the published subpaths', () => {
  it('are importable, documented, and reach no more than they promise', () => {
    assert.deepEqual(checkExports().map(formatProblem), [])
  })

  it('are what the promises speak of, so that no row guards nothing', () => {
    const known = listPackages()
      .flatMap(subpaths)
      .map(({ name }) => name)
    const promised = PURITY.flatMap((row) => row.subpaths)
    assert.deepEqual(
      promised.filter((name) => !known.includes(name)),
      [],
    )
  })

  it('refuse a verifier that reaches the code that signs', () => {
    const swapped = [{ name: 'countersign/jwt', file: `${LIBRARY}/methods/jwt/attacks.ts` }]
    assert.match(checkPurity(swapped).map(formatProblem).join('\n'), /reaches .*attacks\.ts/)
  })

  it('refuse a front door that reaches the hashes three files down', () => {
    const swapped = [{ name: 'countersign', file: `${LIBRARY}/methods/api-key/verify.ts` }]
    assert.match(checkPurity(swapped).map(formatProblem).join('\n'), /reaches .*crypto/)
  })
})
