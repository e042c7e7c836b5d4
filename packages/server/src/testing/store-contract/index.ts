/**
 * The contract of a store, as tests: whoever implements one calls {@link storeContract} from a test
 * file of its own. What it cannot ask through the store itself (a killed process, a file edited
 * behind its back) belongs beside the implementation; see `stores/sqlite/*.test.ts`.
 */
import { describe } from 'node:test'
import { feedContract } from './feed.ts'
import { guarantees, type OpenFixture } from './harness.ts'
import { registryContract } from './registry.ts'
import { tokenContract } from './tokens.ts'
import { transactionContract } from './transactions.ts'

export type { OpenFixture, StoreFixture } from './harness.ts'

/** Registers the contract as tests on databases that `open` makes, one for each guarantee. */
export function storeContract(name: string, open: OpenFixture): void {
  void describe(`store contract on ${name}`, () => {
    const guarantee = guarantees(open)
    registryContract(guarantee)
    tokenContract(guarantee)
    feedContract(guarantee)
    transactionContract(guarantee)
  })
}
