import { ConflictError } from '../../model/errors.ts'
import type { Store } from '../../model/store.ts'

/** A fresh, empty database and the ways to open it. */
export interface StoreFixture {
  readonly store: Store
  /** Opens the same database again, as another process would; absent where that cannot be. */
  readonly again?: () => Promise<Store>
}

/** Makes a fresh, empty database. */
export type OpenFixture = () => Promise<StoreFixture>

/** Guarantees by their titles; the store is closed after each. */
export type Guarantees = Readonly<Record<string, (fixture: StoreFixture) => Promise<void>>>

/** The pattern of `assert.rejects` for a conflict. */
export const conflict =
  (constraint: ConflictError['constraint']): ((error: unknown) => boolean) =>
  (error) =>
    error instanceof ConflictError && error.constraint === constraint
