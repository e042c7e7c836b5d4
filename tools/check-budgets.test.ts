import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkBudgets, checkFolders } from './check-budgets.ts'
import { formatProblem } from './lib/report.ts'
import { parseSource } from './lib/source.ts'

const check = (text: string): readonly string[] =>
  checkBudgets([parseSource('packages/countersign/src/core/a.ts', text)]).map(
    ({ message }) => message,
  )

const statements = (count: number): string => 'x()\n'.repeat(count)

const BREAKS: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['a long file', statements(301), /301 lines/],
  ['a long function', `function f() {\n${statements(50)}}`, /function of 52 lines/],
  ['a long arrow function', `const f = () => {\n${statements(50)}}`, /function of 52 lines/],
  ['four parameters', 'const f = (a, b, c, d) => a', /4 parameters/],
  ['any', 'const x: any = 1', /any/],
  ['a non-null assertion', 'const x = y!', /uses !/],
  ['an unexplained as', 'const x = y as string', /uses as/],
  ['a default export', 'export default 1', /default export/],
  ['an undocumented export', 'export const x = 1', /without a doc comment/],
  ['a line comment as documentation', '// x\nexport const x = 1', /without a doc comment/],
  ['a detached doc comment', '/** x */\nconst y = 1\nexport const x = 1', /without a doc comment/],
  ['nine exports', '/** x */\nexport const x = 1\n'.repeat(9), /9 exports/],
]

describe('the budgets', () => {
  it('hold on every file of every package and of the tools', () => {
    assert.deepEqual(checkBudgets().map(formatProblem), [])
  })

  it('find a word of explanation in every folder', () => {
    assert.deepEqual(checkFolders().map(formatProblem), [])
  })

  for (const [what, text, message] of BREAKS) {
    it(`refuse: ${what}`, () => {
      assert.match(check(text).join('\n'), message)
    })
  }

  it('count the lines of nested functions once, for the nested function', () => {
    const method = `  m() {\n${statements(40)}  },\n`
    assert.deepEqual(check(`const f = () => {\n  return {\n${method.repeat(3)}  }\n}`), [])
    assert.match(check(`const f = () => () => {\n${statements(51)}}`).join('\n'), /function of 53/)
  })

  it('accept an as that is const or explained', () => {
    assert.deepEqual(check('const x = [1] as const'), [])
    assert.deepEqual(check('// The caller made it.\nconst x = y as string'), [])
  })

  it('ask for one comment on the overloads of one function', () => {
    const overloads = `/** x */\nexport function f(a: string): void\nexport function f(a: number): void`
    assert.deepEqual(check(overloads), [])
  })
})
