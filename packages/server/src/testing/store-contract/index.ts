/**
 * The contract of a store, as tests: whoever implements one calls {@link storeContract} from a test
 * file of its own. What it cannot ask through the store itself (a killed process, a file edited
 * behind its back) belongs beside the implementation; see `stores/sqlite/*.test.ts`.
 */
import { describe, test } from 'node:test'
import {
  artefactGuarantees,
  consentGuarantees,
  grantGuarantees,
  sessionGuarantees,
} from './authorization.ts'
import { certificateGuarantees } from './certificates.ts'
import { changeGuarantees, decisionGuarantees, eventGuarantees, signalGuarantees } from './feed.ts'
import type { Guarantees, OpenFixture } from './harness.ts'
import { leadershipGuarantees, usageGuarantees } from './operation.ts'
import {
  credentialGuarantees,
  listGuarantees,
  principalGuarantees,
  tenantGuarantees,
} from './registry.ts'
import { registrationGuarantees } from './registrations.ts'
import { sideBySideGuarantees } from './side-by-side.ts'
import { signingKeyGuarantees, tokenGuarantees } from './tokens.ts'
import { transactionGuarantees } from './transactions.ts'

export type { OpenFixture, StoreFixture } from './harness.ts'

const CONTRACT: Readonly<Record<string, Guarantees>> = {
  tenants: tenantGuarantees,
  principals: principalGuarantees,
  credentials: credentialGuarantees,
  lists: listGuarantees,
  tokens: tokenGuarantees,
  grants: grantGuarantees,
  'single-use artefacts': artefactGuarantees,
  sessions: sessionGuarantees,
  consents: consentGuarantees,
  registrations: registrationGuarantees,
  'signing keys': signingKeyGuarantees,
  certificates: certificateGuarantees,
  'change feed': changeGuarantees,
  signals: signalGuarantees,
  'audit log': eventGuarantees,
  decisions: decisionGuarantees,
  leadership: leadershipGuarantees,
  usage: usageGuarantees,
  transactions: transactionGuarantees,
  'transactions side by side': sideBySideGuarantees,
}

/** Registers the contract as tests on databases that `open` makes, one for each guarantee. */
export function storeContract(name: string, open: OpenFixture): void {
  for (const [part, guarantees] of Object.entries(CONTRACT)) {
    void describe(`store contract on ${name}, ${part}:`, () => {
      for (const [title, holds] of Object.entries(guarantees)) {
        void test(title, async () => {
          const fixture = await open()
          try {
            await holds(fixture)
          } finally {
            await fixture.store.close()
          }
        })
      }
    })
  }
}
