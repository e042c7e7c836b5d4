/**
 * Why: a subpath is a promise. It must be importable, named in the documentation, and must cost its
 * users what its name says and no more: whoever verifies JWTs must not load code that signs, the
 * attacks on it, or another method. The closure of imports is walked, because one convenient import
 * three files down breaks the promise just as well.
 */
import { spawnSync } from 'node:child_process'
import { matchesGlob } from 'node:path'
import { closureOf } from './lib/closure.ts'
import { listFiles, listPackages, readText, ROOT, type Package } from './lib/files.ts'
import { report, type Problem } from './lib/report.ts'

const LIBRARY = 'packages/countersign/src'

/** What the closure of some subpaths must not reach. */
interface Purity {
  readonly subpaths: readonly string[]
  /** Files as patterns, or names of npm packages. */
  readonly never: readonly string[]
  readonly why: string
}

const METHODS = [
  'jwt',
  'opaque',
  'api-key',
  'basic',
  'http-signature',
  'sigv4',
  'webhook',
  'dpop',
  'mtls',
] as const

const verifierRows = METHODS.map((method) => ({
  subpaths: [`countersign/${method}`],
  never: [
    `${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`,
    `${LIBRARY}/{adapters,authority,testing}/**`,
    ...METHODS.filter((other) => other !== method).map((other) => `${LIBRARY}/methods/${other}/**`),
  ],
  why: 'A verifier carries no code that signs, no attacks, and no other method.',
}))

/** The promises, with reasons. */
export const PURITY: readonly Purity[] = [
  ...verifierRows,
  {
    subpaths: ['countersign/web-bot-auth'],
    never: [
      `${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`,
      `${LIBRARY}/{adapters,authority,testing}/**`,
      ...METHODS.filter((other) => other !== 'http-signature').map(
        (other) => `${LIBRARY}/methods/${other}/**`,
      ),
    ],
    why: 'A profile of HTTP message signatures is a verifier like any other.',
  },
  {
    subpaths: ['countersign/mcp'],
    never: [
      `${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`,
      `${LIBRARY}/{adapters,authority,testing}/**`,
      `${LIBRARY}/presets/*/attacks*.ts`,
      ...METHODS.filter((method) => !['jwt', 'dpop'].includes(method)).map(
        (method) => `${LIBRARY}/methods/${method}/**`,
      ),
    ],
    why: 'A preset carries the verifiers of access tokens, and no framework.',
  },
  {
    subpaths: ['countersign/http-signature'],
    never: [`${LIBRARY}/net/**`, `${LIBRARY}/methods/http-signature/{directory,web-bot-auth}*.ts`],
    why: 'Who registers its callers fetches nothing that a caller names.',
  },
  {
    subpaths: ['countersign'],
    never: [`${LIBRARY}/{methods,adapters,authority,testing,jose,crypto,net}/**`, 'jose'],
    why: 'The front door is the guard; a method is paid for when it is imported.',
  },
  {
    subpaths: ['express', 'fastify', 'hono', 'koa', 'node', 'fetch'].map(
      (adapter) => `countersign/${adapter}`,
    ),
    never: [
      `${LIBRARY}/{methods,authority,testing,jose,crypto,net}/**`,
      'jose',
      'express',
      'fastify',
      'hono',
      'koa',
    ],
    why: 'An adapter is thin: no method, and no framework of its own.',
  },
  {
    subpaths: ['countersign/authority'],
    never: [`${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`, `${LIBRARY}/testing/**`],
    why: 'A verifier that follows an authority still only verifies.',
  },
  {
    subpaths: ['countersign/testing'],
    never: ['node:test', 'node:assert', 'node:assert/strict'],
    why: 'Credentials for tests are for every test runner and every runtime.',
  },
  {
    subpaths: ['@countersign/server', '@countersign/server/sqlite'],
    never: ['commander', 'yaml', '@countersign/cli', 'countersign/testing', 'packages/cli/**'],
    why: 'An application that mounts the authority does not install a command line.',
  },
]

/** A subpath and the source file behind it. */
export interface Subpath {
  readonly name: string
  readonly file: string
}

/** Every subpath of a package. */
export const subpaths = ({ folder, manifest }: Package): readonly Subpath[] =>
  Object.entries(manifest.exports ?? {}).map(([key, conditions]) => ({
    name: manifest.name + key.slice(1),
    file: `${folder}/${(conditions['@countersign/source'] ?? '').replace(/^\.\//, '')}`,
  }))

/** What each subpath reaches against its promise. */
export function checkPurity(known: readonly Subpath[]): readonly Problem[] {
  return known.flatMap(({ name, file }) => {
    const rows = PURITY.filter((row) => row.subpaths.includes(name))
    const reached = [...closureOf(file)]
    return rows.flatMap(({ never, why }) =>
      reached
        .filter((path) => never.some((pattern) => matchesGlob(path, pattern)))
        .map((path) => ({ file, line: 0, message: `${name} reaches ${path}: ${why}` })),
    )
  })
}

/** Conditions that disagree with each other, in order or in file. */
function checkManifest({ folder, manifest }: Package): readonly Problem[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([key, conditions]) => {
    const source = conditions['@countersign/source'] ?? ''
    const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
    const expected = {
      '@countersign/source': source,
      types: `${built}.d.ts`,
      default: `${built}.js`,
    }
    if (JSON.stringify(conditions) === JSON.stringify(expected)) return []
    const message = `exports["${key}"] should be ${JSON.stringify(expected)}`
    return [{ file: `${folder}/package.json`, line: 0, message }]
  })
}

/** Subpaths that no page of the documentation names. */
function checkNamed(known: readonly Subpath[]): readonly Problem[] {
  const pages = listFiles('*.md', 'docs/**/*.md', 'packages/*/README.md')
    .filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('docs/reference/'))
    .map(readText)
  return known.flatMap(({ name, file }) =>
    pages.some((page) => new RegExp(String.raw`['"\`]${name}['"\`]`).test(page))
      ? []
      : [{ file, line: 0, message: `${name} is named nowhere in README.md or docs/` }],
  )
}

/** Subpaths that cannot be imported from source. */
function checkImportable(known: readonly Subpath[]): readonly Problem[] {
  const program = known
    .map(({ name }) => `await import('${name}').catch((e) => console.log('${name}', e.message))`)
    .join('\n')
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=@countersign/source', '--input-type=module', '--eval', program],
    { cwd: ROOT, encoding: 'utf8' },
  )
  const failures = stdout.split('\n').filter((line) => line !== '')
  if (status !== 0) failures.push(stderr)
  return failures.map((message) => ({ file: 'package.json', line: 0, message }))
}

/** Every problem of every published subpath. */
export function checkExports(): readonly Problem[] {
  const packages = listPackages()
  const known = packages.flatMap(subpaths)
  const missing = known.filter(({ file }) => listFiles(file).length === 0)
  const present = known.filter((subpath) => !missing.includes(subpath))
  return [
    ...packages.flatMap(checkManifest),
    ...missing.map(({ name, file }) => ({ file, line: 0, message: `${name} has no such file` })),
    ...checkPurity(present),
    ...checkNamed(present),
    ...checkImportable(present),
  ]
}

if (import.meta.main) report('exports', checkExports())
