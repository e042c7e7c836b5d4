/** The front door of the authority: re-exports only. */
export type { AuthorityContext, DecisionLog, MasterSecrets, SigningKeys } from './context.ts'
export { createFirstKey, hasFirstKey } from './setup/first-key.ts'
