/**
 * Why: layers rot one convenient import at a time. The policy (`import-policy.ts`) is data with a
 * reason on every row; this check reads every import, type imports too, and names the row that an
 * import breaks. It also refuses cycles, undeclared packages, and the platform (`node:*`, `Buffer`,
 * `process`, `Date.now`) in the library outside the files that may touch it.
 */
import { matchesGlob } from 'node:path'
import { findCycle } from './lib/cycle.ts'
import { listFiles, listPackages } from './lib/files.ts'
import { report, type Problem } from './lib/report.ts'
import { readSource, resolveImport, walk, type Import, type Source } from './lib/source.ts'
import { BANS, DEPENDENCIES, PLATFORM, ZONES, type ZoneRow } from './import-policy.ts'

/** Checks the sources that are given, or all packages. */
export function checkImports(
  sources: readonly Source[] = listFiles('packages/*/src/**/*.ts').map(readSource),
): readonly Problem[] {
  return [...sources.flatMap(checkFile), ...checkCycles(sources)]
}

const isTest = (path: string): boolean => /\.test(-d)?\.ts$/.test(path)
const packageOf = (path: string): string => path.split('/').slice(0, 2).join('/')

function checkFile(source: Source): readonly Problem[] {
  const edges = source.imports.flatMap((entry) => {
    const message = judge(source.path, entry)
    return message === undefined ? [] : [{ file: source.path, line: entry.line, message }]
  })
  return [...edges, ...checkPlatform(source)]
}

function judge(from: string, { specifier }: Import): string | undefined {
  const to = resolveImport(from, specifier)
  if (to !== undefined) return judgeFile(from, to)
  if (specifier.startsWith('node:')) return undefined
  return isTest(from) ? undefined : judgePackage(from, specifier)
}

function judgeFile(from: string, to: string): string | undefined {
  if (packageOf(from) !== packageOf(to)) {
    return `imports ${to} of another package by path; use its public subpath`
  }
  if (isTest(from)) return undefined
  const ban = BANS.find((row) => matchesGlob(from, row.from) && matchesGlob(to, row.to))
  if (ban !== undefined) return `must not import ${to}: ${ban.why}`
  const row = zoneOf(ZONES, from)
  if (row === undefined)
    return 'lies in no zone of tools/import-policy.ts; add a row with its reason'
  const allowed = inZone(to, row.zone) ? sameSlice(from, to, row.zone) : mayEnter(row, to)
  return allowed ? undefined : `must not import ${to}: ${row.why}`
}

const mayEnter = (row: ZoneRow, to: string): boolean =>
  // index.ts of a package is a zone of its own, so what `may` lists is always a folder or a file.
  row.may.some((zone) => inZone(to, zone))

/** Two methods lie in the same zone `methods/*`, and still may not meet. */
function sameSlice(from: string, to: string, zone: string): boolean {
  if (!zone.includes('*')) return true
  const depth = zone.split('/').length
  const slice = (path: string): string => path.split('/').slice(0, depth).join('/')
  return slice(from) === slice(to)
}

const inZone = (path: string, zone: string): boolean =>
  matchesGlob(path, zone) || matchesGlob(path, `${zone}/**`)

/** The most specific row that a path lies in. */
function zoneOf(rows: readonly ZoneRow[], path: string): ZoneRow | undefined {
  const fits = rows.filter(({ zone }) => inZone(path, zone))
  return fits.toSorted((left, right) => specificity(right.zone) - specificity(left.zone)).at(0)
}

const specificity = (zone: string): number => zone.replaceAll('*', '').length

const declared = new Map(
  listPackages().map(({ folder, manifest }) => [
    folder,
    [manifest.name, ...Object.keys(manifest.dependencies ?? {})],
  ]),
)

function judgePackage(from: string, specifier: string): string | undefined {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  if (declared.get(packageOf(from))?.includes(name) !== true) {
    return `imports ${name}, which the package does not declare as a dependency`
  }
  const row = zoneOf(DEPENDENCIES, from)
  if (row === undefined || row.may.includes(name) || row.may.includes('*')) return undefined
  return `must not import ${name}: ${row.why}`
}

function checkPlatform(source: Source): readonly Problem[] {
  const { path } = source
  if (!path.startsWith('packages/countersign/src/') || isTest(path)) return []
  // The test kit runs where tests run, but its mints and attacks must run in Workers as well.
  const may = PLATFORM.find(({ file }) => matchesGlob(path, file))?.may ?? []
  return platformUses(source).flatMap(({ use, line }) =>
    may.some((allowed) => allowed === use)
      ? []
      : [{ file: path, line, message: `uses ${use}; only files of PLATFORM may` }],
  )
}

function platformUses(source: Source): readonly { readonly use: string; readonly line: number }[] {
  const uses = source.imports
    .filter(({ specifier, typeOnly }) => specifier.startsWith('node:') && !typeOnly)
    .map(({ line }) => ({ use: 'node', line }))
  walk(source.program, (node, parent) => {
    const line = source.lineOf(node.start)
    if (node.type !== 'Identifier') return
    const member = parent?.type === 'MemberExpression' && parent['property'] === node
    if (!member && (node['name'] === 'Buffer' || node['name'] === 'process')) {
      uses.push({ use: node['name'], line })
    }
    if (member && node['name'] === 'now' && isDate(parent['object'])) {
      uses.push({ use: 'Date.now', line })
    }
  })
  return uses
}

const isDate = (node: unknown): boolean =>
  typeof node === 'object' && node !== null && 'name' in node && node.name === 'Date'

function checkCycles(sources: readonly Source[]): readonly Problem[] {
  const graph = new Map(
    sources
      .filter(({ path }) => !isTest(path))
      .map(({ path, imports }) => [
        path,
        imports.flatMap(({ specifier }) => resolveImport(path, specifier) ?? []),
      ]),
  )
  const cycle = findCycle(graph)
  if (cycle === undefined) return []
  return [{ file: cycle[0] ?? '', line: 0, message: `import cycle: ${cycle.join(' -> ')}` }]
}

if (import.meta.main) report('imports', checkImports())
