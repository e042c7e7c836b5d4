import { readSource, resolveImport } from './source.ts'

/** The twins behind a seam: what runs outside of Node is reachable as well. */
const twin = (path: string): readonly string[] =>
  /\/(crypto|net)\/node\.ts$/.test(path) ? [path, path.replace(/node\.ts$/, 'web.ts')] : [path]

/** Every file, and every npm package, that importing `entry` loads at run time. */
export function closureOf(entry: string): ReadonlySet<string> {
  const reached = new Set<string>()
  const queue = [entry]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    if (!path.endsWith('.ts')) continue
    const { imports } = readSource(path)
    for (const { specifier, typeOnly } of imports) {
      if (typeOnly) continue
      const file = resolveImport(path, specifier)
      queue.push(...(file === undefined ? [specifier] : twin(file)))
    }
  }
  return reached
}
