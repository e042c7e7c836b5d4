import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkImports } from './check-imports.ts'
import { BANS, DEPENDENCIES, PLATFORM, ZONES } from './import-policy.ts'
import { formatProblem } from './lib/report.ts'
import { parseSource } from './lib/source.ts'

const LIBRARY = 'packages/countersign/src'
const SERVER = 'packages/server/src'

const BREAKS: readonly (readonly [what: string, path: string, text: string])[] = [
  ['core imports a method', `${LIBRARY}/core/a.ts`, `import { x } from '../methods/jwt/verify.ts'`],
  ['core imports a type', `${LIBRARY}/core/a.ts`, `import type { X } from '../jose/jws.ts'`],
  ['core re-exports', `${LIBRARY}/core/a.ts`, `export { x } from '../crypto/seam.ts'`],
  [
    'one method imports another',
    `${LIBRARY}/methods/basic/verify.ts`,
    `import { x } from '../jwt/format.ts'`,
  ],
  [
    'verify imports attacks',
    `${LIBRARY}/methods/jwt/verify.ts`,
    `import { x } from './attacks.ts'`,
  ],
  ['verify imports sign', `${LIBRARY}/methods/jwt/verify.ts`, `import { x } from './sign.ts'`],
  [
    'verify imports mint lazily',
    `${LIBRARY}/methods/api-key/verify.ts`,
    `export const x = () => import('./mint.ts')`,
  ],
  [
    'an adapter imports a method',
    `${LIBRARY}/adapters/koa.ts`,
    `import { x } from '../methods/jwt/index.ts'`,
  ],
  ['an adapter imports its framework', `${LIBRARY}/adapters/koa.ts`, `import Koa from 'koa'`],
  ['the barrel from inside', `${LIBRARY}/core/a.ts`, `import { guard } from '../index.ts'`],
  ['a method imports jose', `${LIBRARY}/methods/jwt/verify.ts`, `import { jwtVerify } from 'jose'`],
  ['node: in a method', `${LIBRARY}/methods/jwt/verify.ts`, `import { hash } from 'node:crypto'`],
  ['Buffer in a method', `${LIBRARY}/methods/jwt/verify.ts`, `export const x = Buffer.from('')`],
  ['process in the core', `${LIBRARY}/core/a.ts`, `export const x = process.env`],
  ['Date.now in the core', `${LIBRARY}/core/a.ts`, `export const x = () => Date.now()`],
  [
    'the server by path',
    `${SERVER}/a.ts`,
    `import { guard } from '../../countersign/src/core/guard.ts'`,
  ],
  [
    'an endpoint imports a store',
    `${SERVER}/endpoints/token.ts`,
    `import { x } from '../stores/sqlite/index.ts'`,
  ],
  ['an undeclared package', `${SERVER}/a.ts`, `import express from 'express'`],
  ['a package with an undeclared scope', `${SERVER}/a.ts`, `import x from '@scope/name/sub'`],
]

describe('the import policy', () => {
  it('holds on every file of every package', () => {
    assert.deepEqual(checkImports().map(formatProblem), [])
  })

  for (const [what, path, text] of BREAKS) {
    it(`refuses: ${what}`, () => {
      assert.equal(checkImports([parseSource(path, text)]).length, 1)
    })
  }

  it('refuses a cycle that consists of type imports only', () => {
    const cycle = [
      parseSource(`${LIBRARY}/core/a.ts`, `import type { B } from './b.ts'\nexport type A = B`),
      parseSource(`${LIBRARY}/core/b.ts`, `import type { A } from './a.ts'\nexport type B = A`),
    ]
    assert.match(
      checkImports(cycle).map(formatProblem).join('\n'),
      /import cycle: .*a\.ts -> .*b\.ts/,
    )
  })

  it('refuses a file that lies in no zone', () => {
    const stray = parseSource(`${LIBRARY}/helpers/a.ts`, `import { x } from '../core/maybe.ts'`)
    assert.match(checkImports([stray]).map(formatProblem).join('\n'), /no zone/)
  })

  it('lets a file use what its row allows', () => {
    const clock = parseSource(`${LIBRARY}/core/clock.ts`, `export const x = () => Date.now()`)
    const jose = parseSource(`${LIBRARY}/jose/web.ts`, `import { importJWK } from 'jose'`)
    assert.deepEqual(checkImports([clock, jose]), [])
  })

  it('gives a reason on every row', () => {
    for (const { why } of [...ZONES, ...BANS, ...PLATFORM, ...DEPENDENCIES]) {
      assert.ok(why.length > 20, why)
    }
  })
})
