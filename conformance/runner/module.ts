/** What a module is, and what it is given. */
import type { Party } from './party.ts'
import type { Metadata } from './discovery.ts'
import type { Target } from './target.ts'

/** The plans that modules belong to. */
export const PLANS = ['fapi2', 'oauth21', 'oidc-basic', 'oidc-config', 'oidc-dynamic'] as const

/** A plan of modules. */
export type Plan = (typeof PLANS)[number]

/** What modules are given. Each run has clients with fresh DPoP keys, and people with fresh browsers. */
export interface Scene {
  readonly target: Target
  readonly server: Metadata
  readonly client: Party
  readonly plan: Plan
}

/** One module, in a file of its own. The name of the file is the one that the OpenID Foundation's suite has for it. */
export interface Module {
  readonly plans: readonly Plan[]
  /** What a server that passes has shown. */
  readonly shows: string
  run(scene: Scene): Promise<void>
}
