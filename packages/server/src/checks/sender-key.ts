import { hash } from 'node:crypto'
import { err, ok, UnavailableError, type Confirmation, type Result } from 'countersign'
import { proofClaim, verifyProof, type VerifiedProof } from 'countersign/dpop'
import type { ProvenClient } from '../client-auth/authenticate.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** What a token request proves beside its client. */
interface SenderCall {
  readonly services: Services
  readonly tenant: Tenant
  readonly exchange: Exchange
  readonly client: ProvenClient
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * The keys that a client proves to hold, for its token to be bound to; undefined for a bearer token.
 * Checks, in order: the client certificate, for clients that are registered for it; the DPoP proof,
 * where there is one; that there is one, for clients that are registered for it (RFC 9449 §5.2), or
 * one of both where the profile wants every token bound (SR-021). Both bind: then every use of the
 * token has to prove both (RFC 7800 §3).
 *
 * What is missing or no good is an error, never a bearer token: the client thinks it is bound.
 *
 * @throws `UnavailableError` while the store has no memory of the time of the proof (SR-107).
 */
export async function proveSenderKey(
  call: SenderCall,
): Promise<Result<Confirmation | undefined, OAuthFailure>> {
  const certificate = await proveCertificate(call)
  if (!certificate.ok) return certificate
  const proof = await proveDpopKey(call)
  if (!proof.ok) return proof
  const bound = { ...certificate.value, ...proof.value }
  const missing = missingBinding(call, bound)
  if (missing !== undefined) return err({ error: 'invalid_request', description: missing })
  return ok(Object.keys(bound).length === 0 ? undefined : bound)
}

function missingBinding(
  { client: { settings }, services: { profile } }: SenderCall,
  { jkt, 'x5t#S256': thumbprint }: Confirmation,
): string | undefined {
  if (settings.dpopBoundAccessTokens && jkt === undefined) {
    return 'The tokens of this client are bound to a DPoP key: send a proof.'
  }
  const isBound = jkt !== undefined || thumbprint !== undefined
  return profile.requireSenderConstraint && !isBound
    ? 'Tokens are bound to a key here: send a DPoP proof, or register for certificates.'
    : undefined
}

/**
 * The certificate itself is not judged: the token is bound to a key that the client holds, and who
 * the client is was proven otherwise.
 *
 * @see [RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)
 */
async function proveCertificate({
  services,
  exchange,
  client,
  now,
}: SenderCall): Promise<Result<Confirmation | undefined, OAuthFailure>> {
  if (!client.settings.certificateBoundAccessTokens) return ok(undefined)
  const presented = await services.clientCertificate.read({ view: exchange, now, trace: undefined })
  if (presented.ok && presented.value !== undefined) {
    return ok({ 'x5t#S256': hash('sha256', presented.value.der, 'base64url') })
  }
  const description = 'The tokens of this client are bound to a certificate: connect with it.'
  return err({ error: 'invalid_request', description })
}

/**
 * The key of the DPoP proof of a request, where there is one. Checks, in order: those of
 * `verifyProof`, for the URL of the endpoint as the issuer has it; the nonce, where nonces are asked
 * for; that the proof was not used before.
 *
 * @param path - Of the endpoint, below the issuer.
 * @see [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)
 */
export async function proveDpopKey(
  call: SenderCall,
  path = '/oauth/token',
): Promise<Result<Confirmation | undefined, OAuthFailure>> {
  const proofs = call.exchange.header('dpop')
  if (proofs.length === 0) return ok(undefined)
  const { services, tenant, exchange, now } = call
  const proof = await verifyProof(services.dpop, {
    proofs,
    method: exchange.method,
    // What clients read in discovery; behind a proxy the request itself may say something else.
    uri: tenant.issuer + path,
    accessToken: undefined,
    now,
    trace: undefined,
  })
  if (!proof.ok) return invalid('The DPoP proof was not accepted.')
  const nonce = await checkNonce(call, proof.value)
  if (nonce !== undefined) return err(nonce)
  const fresh = await claim(call, proof.value)
  return fresh ? ok({ jkt: proof.value.jkt }) : invalid('The DPoP proof has been used before.')
}

/**
 * The client is told the nonce and tries again; nothing of its request was used up.
 *
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
 */
async function checkNonce(
  { services, now }: SenderCall,
  { nonce }: VerifiedProof,
): Promise<OAuthFailure | undefined> {
  const { nonces } = services.dpop
  if (nonces === undefined) return undefined
  const age = nonce === undefined ? 'unknown' : await nonces.judge(nonce, now)
  if (age !== 'unknown') return undefined
  const description = 'Use the nonce of the DPoP-Nonce header in the proof.'
  return { error: 'use_dpop_nonce', description, headers: await nonceHeaders(services, now) }
}

/** The nonce for the next proof, where nonces are asked for: it comes before the old one is refused. */
export async function nonceHeaders(
  { dpop: { nonces } }: Pick<Services, 'dpop'>,
  now: number,
): Promise<readonly (readonly [string, string])[]> {
  return nonces === undefined ? [] : [['dpop-nonce', await nonces.current(now)]]
}

async function claim(
  { services, tenant, client, now }: SenderCall,
  proof: VerifiedProof,
): Promise<boolean> {
  const holder = { tenant: tenant.id, credentialId: client.principal.id }
  const outcome = await services.replay.claim(await proofClaim(services.dpop, proof, holder), now)
  if (outcome !== 'fenced') return outcome === 'claimed'
  const { toleranceSeconds } = services.dpop
  throw new UnavailableError('replay', 'the proof is older than the store', toleranceSeconds + 1)
}

const invalid = (description: string): Result<never, OAuthFailure> =>
  err({ error: 'invalid_dpop_proof', description })
