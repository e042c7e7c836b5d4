/**
 * Why: documentation that is not checked is wrong within a month. Generated pages agree with the
 * code, links lead somewhere, every subpath that is named exists, and every example compiles.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { withLocalBinaries } from './build.ts'
import { subpaths } from './check-exports.ts'
import { generatedPages, isTested } from './generate-docs.ts'
import { listExamples, pages, writeExamples } from './lib/examples.ts'
import { listPackages, readText, ROOT } from './lib/files.ts'
import { report, type Problem } from './lib/report.ts'

/** Pages that are not what the code says any more. */
export function checkGenerated(): readonly Problem[] {
  return [...generatedPages()].flatMap(([file, text]) => {
    const current = existsSync(join(ROOT, file)) ? readText(file) : ''
    if (current === text) return []
    return [{ file, line: 0, message: 'is not what the source says; run npm run docs' }]
  })
}

/** Requirements that SECURITY.md promises to hold and that no test names. */
export const checkPromises = (): readonly Problem[] =>
  [...new Set(readText('SECURITY.md').match(/SR-\d{3}/g))]
    .filter((id) => !isTested(id))
    .map((id) => ({ file: 'SECURITY.md', line: 0, message: `promises ${id}, which no test names` }))

const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g
const NAMED = /['"`]((?:@countersign\/\w+|countersign)(?:\/[a-z][\w/-]*)?)['"`]/g

/** Links to files that do not exist. */
export const checkLinks = (page: string): readonly Problem[] =>
  matches(page, LINK)
    .filter(({ text }) => !existsSync(join(ROOT, dirname(page), text)))
    .map(({ text, line }) => ({
      file: page,
      line,
      message: `links to ${text}, which does not exist`,
    }))

/** Subpaths that are named and not exported. */
export function checkNames(page: string): readonly Problem[] {
  const packages = listPackages()
  const known = new Set([
    ...packages.flatMap(subpaths).map(({ name }) => name),
    ...packages.map(({ manifest }) => manifest.name),
    // The export condition, which looks like a package and is none.
    '@countersign/source',
  ])
  return matches(page, NAMED)
    .filter(({ text }) => !known.has(text))
    .map(({ text, line }) => ({
      file: page,
      line,
      message: `names ${text}, which is not exported`,
    }))
}

function matches(page: string, pattern: RegExp): readonly { text: string; line: number }[] {
  const content = readText(page)
  return [...content.matchAll(pattern)].map(({ 1: text = '', index }) => ({
    text,
    line: content.slice(0, index).split('\n').length,
  }))
}

/** What the compiler says about the examples, in terms of the pages they stand in. */
export function checkExamples(): readonly Problem[] {
  const examples = listExamples()
  if (examples.length === 0) return []
  const folder = writeExamples(examples)
  const { stdout, status } = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: withLocalBinaries(),
  })
  if (status === 0) return []
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const where = examples.find(({ file }) => line.includes(file))?.where ?? folder
      return { file: where, line: 0, message: line.replace(/^.*?\((\d+),.*?\): /, 'line $1: ') }
    })
}

/** Every problem of the documentation. */
export const checkDocs = (): readonly Problem[] => [
  ...checkGenerated(),
  ...checkPromises(),
  ...pages().flatMap(checkLinks),
  ...pages()
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap(checkNames),
  ...checkExamples(),
]

if (import.meta.main) report('docs', checkDocs())
