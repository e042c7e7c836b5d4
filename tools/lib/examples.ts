import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportsOf } from './exported.ts'
import { listFiles, readText, ROOT } from './files.ts'

/** A code block of the documentation that must compile. */
export interface Example {
  /** `README.md:31`, or a file and the name whose comment it stands in. */
  readonly where: string
  readonly code: string
  /** Marked `ts run`: it is a whole program, and must end without an error. */
  readonly runs: boolean
  /** Where it is written to be compiled and run. */
  readonly file: string
}

const FENCE = /^```ts([^\n]*)\n(.*?)^```$/gms
const FOLDER = '.cache/docs-examples'

/** Pages whose code is checked. */
export const pages = (): readonly string[] =>
  listFiles('*.md', 'docs/**/*.md', 'packages/**/*.md', 'conformance/*.md', 'examples/**/*.md')

/**
 * The examples of all pages, and of those doc comments that are whole programs (they import
 * something). A block marked `ts fragment` is prose, and is left alone.
 */
export function listExamples(): readonly Example[] {
  return [
    ...pages().flatMap(ofPage),
    ...listFiles('packages/*/src/**/index.ts').flatMap(ofComments),
  ]
}

function ofPage(page: string): readonly Example[] {
  const text = readText(page)
  return [...text.matchAll(FENCE)].flatMap(({ 1: info = '', 2: code = '', index }) => {
    const line = text.slice(0, index).split('\n').length
    return info.includes('fragment')
      ? []
      : [example(`${page}:${line}`, code, info.trim() === 'run')]
  })
}

function ofComments(module: string): readonly Example[] {
  return exportsOf(module).flatMap(({ name, doc }) =>
    [...doc.matchAll(FENCE)]
      .map(({ 2: code = '' }) => code)
      .filter((code) => /^import /m.test(code))
      .map((code, index) => example(`${module}#${name}-${index}`, code, false)),
  )
}

const example = (where: string, code: string, runs: boolean): Example => ({
  where,
  runs,
  // An example without imports is a script to TypeScript; every example is a module to us.
  code: `${code}\nexport {}\n`,
  file: `${FOLDER}/${where.replaceAll(/[^\w.-]+/g, '_')}.ts`,
})

/** Writes the examples to a folder of the repository where imports resolve, and a tsconfig. */
export function writeExamples(examples: readonly Example[]): string {
  const home = join(ROOT, FOLDER)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  for (const { file, code } of examples) writeFileSync(join(ROOT, file), code)
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { rootDir: '../..', noEmit: true },
    include: ['*.ts'],
    exclude: [],
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config))
  return FOLDER
}
