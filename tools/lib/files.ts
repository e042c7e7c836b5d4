import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, absolute. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** A path as problems and tables write it: from the root, with forward slashes. */
export const fromRoot = (path: string): string => relative(ROOT, path).split(sep).join('/')

/** Files that match the patterns, from the root, sorted; never from `node_modules` or `dist`. */
export function listFiles(...patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { cwd: ROOT, exclude: isGenerated })
    .map((path) => path.split(sep).join('/'))
    .toSorted()
}

const isGenerated = (path: string): boolean =>
  path.split(sep).some((part) => part === 'node_modules' || part === 'dist')

/** The text of a file, named from the root. */
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** A package manifest, as far as the tools read it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** One published package: its folder from the root, and its manifest. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

/** The published packages, the library first: the order in which they build. */
export function listPackages(): readonly Package[] {
  return ['packages/countersign', 'packages/server', 'packages/cli'].map((folder) => ({
    folder,
    // Our own manifests; the checks read them field by field.
    manifest: JSON.parse(readText(`${folder}/package.json`)) as Manifest,
  }))
}
