import { test } from 'node:test'
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

/** One guarantee of the contract. The store is closed after it. */
export type Guarantee = (title: string, body: (fixture: StoreFixture) => Promise<void>) => void

/** Registers guarantees as tests on databases that `open` makes. */
export const guarantees =
  (open: OpenFixture): Guarantee =>
  (title, body) => {
    void test(title, async () => {
      const fixture = await open()
      try {
        await body(fixture)
      } finally {
        await fixture.store.close()
      }
    })
  }

/** The pattern of `assert.rejects` for a conflict. */
export const conflict =
  (constraint: ConflictError['constraint']): ((error: unknown) => boolean) =>
  (error) =>
    error instanceof ConflictError && error.constraint === constraint
