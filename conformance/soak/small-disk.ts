import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A disk that can be filled without harm to anybody else's files. */
export interface SmallDisk {
  readonly path: string
  unmount(): void
}

/** Mounts a disk in memory over a folder; undefined for whoever may not. */
export function mountDisk(path: string): SmallDisk | undefined {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'none', path])
  if (mounted.status !== 0) return undefined
  return { path, unmount: () => void spawnSync('umount', ['-l', path]) }
}

/** Writes until there is no room; the answer makes room again. */
export function fill(folder: string): () => void {
  const path = join(folder, 'filler')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(65_536)
  try {
    for (;;) writeSync(file, block)
  } catch {
    // ENOSPC, which was the wish.
  } finally {
    closeSync(file)
  }
  return () => rmSync(path, { force: true })
}
