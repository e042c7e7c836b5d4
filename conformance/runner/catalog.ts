/** Every module there is, by the name of its file. */
import { readdir } from 'node:fs/promises'
import { discover, type Metadata } from './discovery.ts'
import type { Module, Plan } from './module.ts'
import { Inapplicable } from './outcome.ts'
import { makeParty } from './party.ts'
import type { Target } from './target.ts'

const FOLDER = new URL('../modules/', import.meta.url)

/** The modules of a plan, in the order of their names. */
export async function modulesOf(plan: Plan): Promise<ReadonlyMap<string, Module>> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.ts')).toSorted()
  const all = await Promise.all(
    files.map(async (file) => {
      // Each file of the folder has one, and the types of the files say so.
      const { module } = (await import(new URL(file, FOLDER).href)) as { readonly module: Module }
      return [file.slice(0, -'.ts'.length), module] as const
    }),
  )
  return new Map(all.filter(([, { plans }]) => plans.includes(plan)))
}

/** What came of a module. */
export type Outcome =
  | { readonly result: 'passed' }
  | { readonly result: 'skipped' | 'failed'; readonly why: string }

/** Runs one module. Never throws: what it threw is its outcome. */
export async function runModule(
  module: Module,
  { target, plan, server: known }: { target: Target; plan: Plan; server?: Metadata },
): Promise<Outcome> {
  try {
    const server = known ?? (await discover(target.issuer))
    const client = await makeParty(target.client, server, target)
    await module.run({ target, plan, server, client })
    return { result: 'passed' }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { result: error instanceof Inapplicable ? 'skipped' : 'failed', why }
  }
}
