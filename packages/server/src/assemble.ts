import { hkdfSync } from 'node:crypto'
import { dpopPolicy, rollingNonces, type DpopOptions, type Nonces } from 'countersign/dpop'
import { certificateReader } from 'countersign/mtls'
import { parseNetwork, type LimitStore } from 'countersign'
import type { ResolvedAuthority } from './authority-options.ts'
import {
  storedCertificates,
  type ManagedCertificates,
} from './certificate-authority/stored-certificates.ts'
import { clientKeySets } from './client-auth/client-keys.ts'
import { clientFailures } from './client-auth/failures.ts'
import { clientSecretVerifier } from './credentials/client-secret-verifier.ts'
import { callerMethods } from './desk/desk.ts'
import { createDecisionLog, type ManagedDecisionLog } from './decisions/decision-log.ts'
import { signInFailures } from './interactions/failures.ts'
import { deviceLimits } from './grants/device/limits.ts'
import { signingKeys, type ManagedSigningKeys } from './keys/signing-keys.ts'
import { sharedLimits } from './limits/shared.ts'
import { managementGuard } from './management/guard.ts'
import { makeMetrics } from './operations/metrics.ts'
import { storedReplay, type StoredReplay } from './replay/stored-replay.ts'
import { observedDecisions } from './operations/observed-decisions.ts'
import { readiness } from './operations/readiness.ts'
import { localRevocations, type ManagedRevocations } from './revocations/local.ts'
import { registrationDesk } from './registration/desk.ts'
import { metadataDocuments } from './registration/metadata-documents.ts'
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
  const { store, clock, log, issuer, trustedProxies, signing } = options
  const keys = signingKeys({ store, clock, keks: options.secrets.keks, rules: options.signing })
  const tenants = tenantDirectory(issuer, store.tenants)
  const revocations = followStore(options, { keys, tenants, certificates: () => certificates })
  const certificates = certificatesOf(options, revocations)
  const metrics = makeMetrics({ feedAgeSeconds: () => revocations.ageSeconds() })
  const decisions = createDecisionLog({ store: store.decisions, clock, log })
  const lastUsed = createLastUsed({ store: store.credentials, log })
  const { brand, secrets, profile } = options
  const given = { issuer, brand, secrets, profile, store, clock, log }
  const context = {
    ...given,
    signingKeys: keys,
    decisions: observedDecisions(decisions, { metrics, log }),
    revocations,
  }
  const replay = replayOf(options)
  const limits = sharedLimits(options.redis?.limits ?? store.limits, (mode) => {
    metrics.countedWithoutStore(mode)
  })
  const others = othersOf(options, { ...context, signing, certificates })
  const services: Services = {
    ...context,
    signing,
    look: options.look,
    sessions: options.sessions,
    signIn: options.signIn,
    signInFailures: signInFailures(limits),
    tenants,
    tokens: tokenReader(context, keys),
    trustedProxies,
    proxies: trustedProxies.map(parseNetwork),
    clientFailures: clientFailures(limits),
    devices: deviceLimits(limits),
    verifyClientSecret: clientSecretVerifier(context),
    callers: managementGuard({ ctx: context, trustedProxies, usage: lastUsed, others, limits }),
    limits,
    lastUsed,
    replay,
    ...clientProofs(options, certificates),
    ...requestsOf(options, limits),
    dpop: dpopPolicy({ replay, clock, ...dpopOf(options) }),
    certificates,
    metrics,
    readiness: readiness(context, isClosing),
  }
  return { services, revocations, decisions, lastUsed }
}

/** The methods of callers that have no API key. */
const othersOf = (
  { issuer, certificateOrigin }: ResolvedAuthority,
  context: Parameters<typeof callerMethods>[0],
): ReturnType<typeof callerMethods> =>
  callerMethods(context, { audience: issuer, from: certificateOrigin })

/** By what clients prove themselves, beside their secrets. */
const clientProofs = (
  options: ResolvedAuthority,
  certificates: ManagedCertificates | undefined,
): Pick<
  Services,
  | 'certificateOrigin'
  | 'clientCertificate'
  | 'clientTrust'
  | 'clientKeys'
  | 'trustedIssuers'
  | 'mtlsUrl'
  | 'outbound'
> => ({
  certificateOrigin: options.certificateOrigin,
  clientCertificate: certificateReader(options.certificateOrigin),
  clientTrust: [options.clientTrust, certificates?.trust].filter((each) => each !== undefined),
  clientKeys: clientKeySets(options),
  trustedIssuers: options.trustedIssuers,
  mtlsUrl: options.mtlsUrl,
  outbound: options.outbound,
})

/**
 * Proofs name the URL of the endpoint: of the issuer, or of the listener for certificates. Clocks of
 * clients may be as far ahead as those that sign assertions (FAPI 2.0 §5.3.2.1-13).
 */
const dpopOf = (
  options: ResolvedAuthority,
): Pick<DpopOptions, 'nonces' | 'origin' | 'clockToleranceSeconds'> => ({
  clockToleranceSeconds: options.profile.futureSeconds,
  ...(options.dpopNonces ? { nonces: noncesOf(options) } : {}),
  ...(options.mtlsUrl === undefined
    ? {}
    : { origin: [options.issuer, options.mtlsUrl].map((url) => new URL(url).origin) }),
})

/** Of the newest pepper, so that every process hands out the same ones and knows them again. */
function noncesOf({ secrets: { peppers } }: ResolvedAuthority): Nonces {
  const pepper = peppers.get(Math.max(...peppers.keys()))?.reveal() ?? ''
  const info = 'countersign dpop-nonce of the token endpoint'
  return rollingNonces({ secret: new Uint8Array(hkdfSync('sha256', pepper, '', info, 32)) })
}

/** Single uses, in Redis where there is one. What it forgets is fenced here and there. */
function replayOf({ store, redis, clock, log, replayFence }: ResolvedAuthority): StoredReplay {
  const unsafe = { noFence: !replayFence }
  const stored = storedReplay(store, { unsafe })
  if (redis === undefined) return stored
  const onLoss = (): void => {
    log.warn('Redis had forgotten single uses: what was signed before now is refused')
  }
  return redis.replay({ fence: stored, clock, onLoss, unsafe })
}

/** Who may ask for what, beside what every client is registered for. */
const requestsOf = (
  {
    detailTypes,
    registration,
    clientIdMetadataDocuments: documents,
    ...options
  }: ResolvedAuthority,
  limits: LimitStore,
): Pick<Services, 'detailTypes' | 'registration' | 'metadataDocuments'> => ({
  detailTypes,
  registration: registration === undefined ? undefined : registrationDesk(registration, limits),
  metadataDocuments:
    documents === undefined ? undefined : metadataDocuments({ ...options, options: documents }),
})

/** What holds something that the feed may name. */
interface Followers {
  readonly keys: ManagedSigningKeys
  readonly tenants: TenantDirectory
  readonly certificates: () => ManagedCertificates | undefined
}

const certificatesOf = (
  { store, clock, log, secrets, certificates: settings }: ResolvedAuthority,
  revocations: ManagedRevocations,
): ManagedCertificates | undefined =>
  settings === undefined
    ? undefined
    : storedCertificates({ store, clock, log, secrets, revocations, settings })

/** What was read of a tenant or a key is read anew as soon as the feed names it. */
const followStore = (
  { store, clock, log, maxStalenessSeconds }: ResolvedAuthority,
  { keys, tenants, certificates }: Followers,
): ManagedRevocations =>
  localRevocations({
    store,
    clock,
    log,
    maxStalenessSeconds,
    onRevocation: (revocation) => {
      const { kind, subject } = revocation
      certificates()?.noticed(revocation)
      if (kind === 'key') keys.forget()
      if (kind === 'tenant') tenants.forget(subject)
    },
  })
