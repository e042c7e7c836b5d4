/**
 * Emits every package to its `dist`: JavaScript, declarations and maps, one file per source file,
 * nothing bundled. The library first: the others are built against its declarations, as a user's
 * program is. Nothing in the repository needs a build to run, test or be checked.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { listPackages, ROOT } from './lib/files.ts'

/** Files beside the sources that run time needs as they are. */
const ASSETS = ['**/*.sql', '**/*.json', '**/*.html', '**/*.css']

/** Builds one package, from an empty `dist`. */
export function build(folder: string): void {
  const home = join(ROOT, folder)
  rmSync(join(home, 'dist'), { recursive: true, force: true })
  const { status } = spawnSync('tsc', ['-p', join(folder, 'tsconfig.build.json')], {
    cwd: ROOT,
    stdio: 'inherit',
    env: withLocalBinaries(),
  })
  if (status !== 0) throw new Error(`${folder} does not build`)
  for (const asset of globSync(ASSETS, { cwd: join(home, 'src') })) {
    cpSync(join(home, 'src', asset), join(home, 'dist', asset))
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(home, 'LICENSE'))
}

/** The environment in which `tsc`, `attw`, `publint` and Node 24 are the repository's own. */
export const withLocalBinaries = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
})

/** Builds every package. */
export function buildAll(): void {
  for (const { folder } of listPackages()) build(folder)
}

if (import.meta.main) buildAll()
