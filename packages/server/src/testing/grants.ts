import { createHash, randomBytes } from 'node:crypto'
import { mintArtefact } from '../artefacts/artefact.ts'
import type { CodeData } from '../authorization/code.ts'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { createPrincipal } from '../credentials/principals.ts'
import type { GrantFacts } from '../model/grant-facts.ts'
import type { GrantRecord } from '../model/records.ts'
import type { TestAuthority, TestClient } from './authority.ts'

/** A PKCE pair (RFC 7636). */
export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

/** A fresh PKCE pair. */
export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Makes a person; answers the id. */
export async function addPerson(
  { authority }: Pick<TestAuthority, 'authority'>,
  { tenant = 'default', scopes = ['orders:*'] } = {},
): Promise<string> {
  const input = { tenant, kind: 'user', name: 'Alice', username: randomBytes(6).toString('hex') }
  const made = await createPrincipal(
    authority.context,
    { ...input, kind: 'user', scopes },
    SYSTEM_ACTOR,
  )
  if (!made.ok) throw new Error(made.error.message)
  return made.value.id
}

/** What a person grants to a client in a test. */
export interface Given {
  readonly person: string
  readonly scopes?: readonly string[]
  readonly resources?: readonly string[]
  readonly facts?: GrantFacts
  readonly dpopJkt?: string
  readonly tenant?: string
  readonly lifetimeSeconds?: number
}

/** A code, as the redirect would carry it, and what is needed to redeem it. */
export interface GivenCode extends Pkce {
  readonly code: string
  readonly grant: GrantRecord
}

/** Makes the grant and the code that the authorization endpoint would, without a browser. */
export async function giveCode(
  { authority, clock }: Pick<TestAuthority, 'authority' | 'clock'>,
  client: Pick<TestClient, 'id'>,
  given: Given,
): Promise<GivenCode> {
  const { context } = authority
  const now = clock.now()
  const { tenant = 'default', scopes = ['orders:read'], lifetimeSeconds = 86_400 } = given
  const resources = given.resources ?? ['https://api.example.com']
  const grant: GrantRecord = {
    tenant,
    id: `grt_${randomBytes(8).toString('hex')}`,
    clientId: client.id,
    principalId: given.person,
    scopes,
    audiences: resources,
    sessionId: null,
    facts: given.facts ?? {},
    createdAt: now,
    expiresAt: now + lifetimeSeconds,
    revokedAt: null,
  }
  const { verifier, challenge } = pkce()
  const data: CodeData = {
    redirectUri: 'https://app.example.com/cb',
    codeChallenge: challenge,
    ...(given.dpopJkt === undefined ? {} : { dpopJkt: given.dpopJkt }),
    scopes,
    resources,
  }
  const minted = await mintArtefact(context, {
    tenant,
    kind: 'code',
    clientId: client.id,
    principalId: given.person,
    grantId: grant.id,
    data: { ...data },
    seconds: 60,
    now,
  })
  await context.store.transaction(async (session) => {
    await session.tokens.insertGrant(grant)
    await session.artefacts.insert(minted.record)
  })
  return { code: minted.text, grant, verifier, challenge }
}
