/** The first cycle of a directed graph as a path that ends where it begins, or undefined. */
export function findCycle(
  graph: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = search({ graph, done, path: [] }, start)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

interface Search {
  readonly graph: ReadonlyMap<string, readonly string[]>
  readonly done: Set<string>
  readonly path: string[]
}

function search(state: Search, node: string): readonly string[] | undefined {
  const seenAt = state.path.indexOf(node)
  if (seenAt >= 0) return [...state.path.slice(seenAt), node]
  if (state.done.has(node)) return undefined
  state.path.push(node)
  for (const next of state.graph.get(node) ?? []) {
    const cycle = search(state, next)
    if (cycle !== undefined) return cycle
  }
  state.path.pop()
  state.done.add(node)
  return undefined
}
