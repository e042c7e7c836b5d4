/**
 * Why: where a registry holds the binaries of one platform only, `npm install` leaves the optional
 * packages of all others out of the lock, and `npm ci` then refuses that lock everywhere. This
 * completes it: name, version and platform of what is missing, without a digest that nobody here can
 * know. An install on such a platform fills it in. Run it after a dependency changed: `npm run lock`.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readText, ROOT } from './lib/files.ts'

/** The locks of the repository. */
export const LOCKS = ['package-lock.json', 'conformance/runtimes/package-lock.json'] as const

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Record<string, LockEntry>
}

// Locks are written by npm; the fields that are read here are stable in lockfile version 3.
const parse = (text: string): Lock => JSON.parse(text) as Lock

/** A package that is wanted by the lock and not in it. */
export interface Missing {
  readonly name: string
  readonly version: string
  readonly dev: boolean
}

/** Optional packages with an exact version that a lock wants and does not hold. */
export function missingFrom(text: string): readonly Missing[] {
  const { packages } = parse(text)
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => /^\d/.test(version) && !isHeld(packages, parent, name))
      .map(([name, version]) => ({ name, version, dev })),
  )
}

/** Node's look-up: beside the parent, or beside any folder above it. */
function isHeld(packages: Lock['packages'], parent: string, name: string): boolean {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined)
      return true
    if (folder === '') return false
  }
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']

/** Platform fields, read from a name such as `binding-linux-x64-musl`. */
export function platformOf(name: string): Readonly<Record<string, readonly string[]>> {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.filter((system) => words.includes(system))
  const cpu = PROCESSORS.filter((processor) => words.includes(processor)).slice(0, 1)
  const musl = words.some((word) => word.startsWith('musl'))
  const glibc = words.some((word) => word.startsWith('gnu') || word === 'glibc')
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(os.length > 0 ? { os } : {}),
    ...(musl ? { libc: ['musl'] } : glibc ? { libc: ['glibc'] } : {}),
  }
}

/** A lock with everything that was missing, in npm's order. */
export function complete(text: string): string {
  const lock = parse(text)
  for (const { name, version, dev } of missingFrom(text)) {
    const entry = { version, ...(dev ? { dev } : {}), optional: true, ...platformOf(name) }
    lock.packages[`node_modules/${name}`] = entry
  }
  const packages = Object.fromEntries(
    Object.entries(lock.packages).toSorted(([left], [right]) => left.localeCompare(right, 'en')),
  )
  return `${JSON.stringify({ ...lock, packages }, undefined, 2)}\n`
}

if (import.meta.main) {
  for (const path of LOCKS) {
    const text = readText(path)
    const missing = missingFrom(text)
    if (missing.length > 0) writeFileSync(join(ROOT, path), complete(text))
    console.log(`${path}: ${missing.length} added`)
  }
}
