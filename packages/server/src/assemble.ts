import { dpopPolicy } from 'countersign/dpop'
import { memoryLimits, parseNetwork } from 'countersign'
import type { ResolvedAuthority } from './authority-options.ts'
import { clientFailures } from './client-auth/failures.ts'
import { clientSecretVerifier } from './credentials/client-secret-verifier.ts'
import { tokenMethods } from './desk/desk.ts'
import { createDecisionLog, type ManagedDecisionLog } from './decisions/decision-log.ts'
import { signingKeys, type ManagedSigningKeys } from './keys/signing-keys.ts'
import { managementGuard } from './management/guard.ts'
import { makeMetrics } from './operations/metrics.ts'
import { storedReplay } from './replay/stored-replay.ts'
import { observedDecisions } from './operations/observed-decisions.ts'
import { readiness } from './operations/readiness.ts'
import { localRevocations, type ManagedRevocations } from './revocations/local.ts'
import type { Services } from './services.ts'
import { tenantDirectory, type TenantDirectory } from './tenants/directory.ts'
import { tokenReader } from './tokens/read.ts'
import { createLastUsed, type LastUsed } from './usage/last-used.ts'

/** The parts of an authority that have an end. */
export interface Assembly {
  readonly services: Services
  readonly revocations: ManagedRevocations
  readonly decisions: ManagedDecisionLog
  readonly lastUsed: LastUsed
}

/** Wires the parts of an authority together. Starts nothing but batch timers. */
export function assemble(options: ResolvedAuthority, isClosing: () => boolean): Assembly {
  const { store, clock, log, issuer } = options
  const keys = signingKeys({ store, clock, keks: options.secrets.keks, rules: options.signing })
  const tenants = tenantDirectory(issuer, store.tenants)
  const revocations = followStore(options, keys, tenants)
  const metrics = makeMetrics({ feedAgeSeconds: () => revocations.ageSeconds() })
  const decisions = createDecisionLog({ store: store.decisions, clock, log })
  const lastUsed = createLastUsed({ store: store.credentials, log })
  const context = {
    issuer,
    brand: options.brand,
    store,
    secrets: options.secrets,
    clock,
    log,
    signingKeys: keys,
    decisions: observedDecisions(decisions, { metrics, log }),
    revocations,
  }
  const { trustedProxies, signing } = options
  const replay = storedReplay(store, { unsafe: { noFence: !options.replayFence } })
  const tokens = tokenMethods({ ...context, signing }, { audience: issuer })
  const services: Services = {
    ...context,
    signing,
    tenants,
    tokens: tokenReader(context, keys),
    trustedProxies,
    proxies: trustedProxies.map(parseNetwork),
    clientFailures: clientFailures(memoryLimits()),
    verifyClientSecret: clientSecretVerifier(context),
    callers: managementGuard({ ctx: context, trustedProxies, usage: lastUsed, tokens }),
    lastUsed,
    replay,
    dpop: dpopPolicy({ replay, clock }),
    metrics,
    readiness: readiness(context, isClosing),
  }
  return { services, revocations, decisions, lastUsed }
}

/** What was read of a tenant or a key is read anew as soon as the feed names it. */
const followStore = (
  { store, clock, log, maxStalenessSeconds }: ResolvedAuthority,
  keys: ManagedSigningKeys,
  tenants: TenantDirectory,
): ManagedRevocations =>
  localRevocations({
    store,
    clock,
    log,
    maxStalenessSeconds,
    onRevocation: ({ kind, subject }) => {
      if (kind === 'key') keys.forget()
      if (kind === 'tenant') tenants.forget(subject)
    },
  })
