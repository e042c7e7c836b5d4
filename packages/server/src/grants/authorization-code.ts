import { err, ok, type Result } from 'countersign'
import { openArtefact } from '../artefacts/artefact.ts'
import type { CodeData } from '../authorization/code.ts'
import { provesChallenge } from '../checks/pkce.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import type { Grant, GrantRequest } from './grant.ts'
import { punish, redeem, repeatRedemption } from './redeem.ts'

/** Unknown, of another client, expired, without its verifier: the same words. */
const INVALID: OAuthFailure = {
  error: 'invalid_grant',
  description: 'The authorization code is not valid.',
}

/**
 * Redeems an authorization code. Checks, in order: the code is ours and this client's; its redirect
 * URI, where one is sent; the PKCE verifier; the DPoP key it is bound to; that it was not used and
 * has not expired; the grant behind it lives; the resource.
 *
 * A code works once (SR-015). Who proves the same things again within the seconds of the profile has
 * the same response again: its answer was lost. Any other second use ends everything that the code
 * led to, in the transaction that says so.
 *
 * @see [OAuth 2.1 §4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.3)
 */
export const authorizationCode: Grant = async (request) => {
  const presented = request.form.get('code')
  if (presented === undefined) return missing('code')
  const code = await findCode(request, presented)
  if (code === undefined) return err(INVALID)
  const { scopes, resources, ...bound } = dataOf(code)
  const proof = checkProof(request, bound)
  if (code.consumedAt !== null) {
    return proof.ok ? repeatRedemption(request, code, INVALID) : punish(request, code, INVALID)
  }
  if (!proof.ok) return proof
  if (code.expiresAt <= request.now) return err(INVALID)
  const grantType = 'authorization_code'
  return redeem(request, { artefact: code, grantType, scopes, resources, invalid: INVALID })
}

const missing = (name: string): Result<never, OAuthFailure> =>
  err({ error: 'invalid_request', description: `${name} is missing.` })

async function findCode(
  { services, tenant, client }: GrantRequest,
  text: string,
): Promise<ArtefactRecord | undefined> {
  const code = await openArtefact(services, { tenant: tenant.id, kind: 'code' }, text)
  // Another client's: this one has intercepted it, and must not be able to spend it either.
  return code?.clientId === client.principal.id ? code : undefined
}

/** Written by `codeData` and nobody else. */
const dataOf = ({ data }: ArtefactRecord): CodeData => data as unknown as CodeData

function checkProof(
  { form, confirmation }: GrantRequest,
  { redirectUri, codeChallenge, dpopJkt }: Omit<CodeData, 'scopes' | 'resources'>,
): Result<undefined, OAuthFailure> {
  const verifier = form.get('code_verifier')
  if (verifier === undefined) return missing('code_verifier')
  const sent = form.get('redirect_uri')
  const sameUri = sent === undefined || sent === redirectUri
  const sameKey = dpopJkt === undefined || confirmation?.jkt === dpopJkt
  const proven = provesChallenge(verifier, codeChallenge)
  return sameUri && sameKey && proven ? ok(undefined) : err(INVALID)
}
