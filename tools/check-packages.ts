/**
 * Why: what users install is a tarball, not this tree. Builds and packs every package, lints the
 * tarballs (publint, arethetypeswrong), installs them into an empty project outside of the
 * repository, imports every subpath in plain Node, typechecks a consumer with the strictest
 * settings, and runs the installed command.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll, withLocalBinaries } from './build.ts'
import { listPackages, ROOT, type Package } from './lib/files.ts'

/** Every importable name of a package: `countersign`, `countersign/jwt`. */
export const subpathsOf = ({ manifest }: Package): readonly string[] =>
  Object.keys(manifest.exports ?? {}).map((subpath) => manifest.name + subpath.slice(1))

/** Runs a program and answers what it printed; throws, with everything it printed, if it failed. */
function run(cwd: string, command: readonly [string, ...string[]]): string {
  const [program, ...args] = command
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: withLocalBinaries(),
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command.join(' ')} in ${cwd}\n${stdout}\n${stderr}`)
  return stdout
}

function pack(workspace: Package, into: string): string {
  const home = join(ROOT, workspace.folder)
  const printed = run(home, [
    'npm',
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    into,
  ])
  // What npm pack --json prints: one entry, with the name of the file; npm 12 keys it by package.
  const parsed = JSON.parse(printed) as Record<string, { readonly filename: string }>
  const filename = Object.values(parsed)[0]?.filename
  if (filename === undefined) throw new Error(`npm pack named no file:\n${printed}`)
  return join(into, filename)
}

function lint({ manifest }: Package, tarball: string): void {
  run(ROOT, ['publint', 'run', tarball, '--strict'])
  if (manifest.exports === undefined) return
  run(ROOT, [
    'attw',
    tarball,
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-emoji',
    '--no-color',
  ])
}

/** An empty project with the tarballs installed. */
function install(tarballs: readonly string[], into: string): string {
  const project = join(into, 'consumer')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}')
  run(project, [
    'npm',
    'install',
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...tarballs,
  ])
  return project
}

function importEverything(project: string, names: readonly string[]): void {
  const program = names.map((name) => `await import(${JSON.stringify(name)})`).join('\n')
  run(project, [process.execPath, '--input-type=module', '--eval', program])
}

/** skipLibCheck is off: the declarations themselves must hold where a user compiles them. */
const STRICT = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  module: 'nodenext',
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
  types: ['node'],
}

function typecheckConsumer(project: string, names: readonly string[]): void {
  const program = names.map((name, index) => `import * as m${index} from '${name}'`)
  const used = `export const all = [${names.map((_, index) => `m${index}`).join(', ')}]`
  writeFileSync(join(project, 'consumer.ts'), `${program.join('\n')}\n${used}\n`)
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: STRICT, files: ['consumer.ts'] }),
  )
  run(project, ['tsc', '-p', project])
}

function runCommand(project: string, packages: readonly Package[]): void {
  for (const { manifest } of packages) {
    for (const name of Object.keys(manifest.bin ?? {})) {
      const printed = run(project, [join(project, 'node_modules/.bin', name), '--version']).trim()
      if (printed !== manifest.version) throw new Error(`${name} --version printed ${printed}`)
    }
  }
}

/** Runs every step on the packages of the repository. */
export function checkPackages(): void {
  const packages = listPackages()
  const names = packages.flatMap(subpathsOf)
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-packages-'))
  try {
    buildAll()
    const tarballs = packages.map((workspace) => pack(workspace, scratch))
    for (const [index, workspace] of packages.entries()) lint(workspace, tarballs[index] ?? '')
    const project = install(tarballs, scratch)
    importEverything(project, names)
    typecheckConsumer(project, names)
    runCommand(project, packages)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  checkPackages()
  console.log('packages: ok')
}
