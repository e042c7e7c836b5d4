import { coversScope, err, ok } from 'countersign'
import type { Identify } from 'countersign/mtls'
import { ownSpiffeId } from '../certificates/policy.ts'
import type { AuthorityContext } from '../context.ts'
import type { CredentialRecord, PrincipalRecord } from '../model/records.ts'
import { findRoot, rootEnd } from './root.ts'

/** What looking certificates up needs. */
export type IdentifyContext = Pick<AuthorityContext, 'store' | 'revocations' | 'clock'>

/**
 * Says whose a certificate is, by the record of the very certificate. Checks, in order: recorded,
 * tenant, name. A certificate that was never recorded is nobody's even when the key of our CA signed
 * it: whoever stole the key gains nothing here.
 *
 * A certificate falls with its principal, its tenant and the credential that its chain began with,
 * and does no more than these may now. The networks and limits of that credential are its own.
 *
 * @param tenant - Only the certificates of this tenant; every tenant's when absent: for guards that
 * look at `principal.tenant` themselves.
 */
export function certificateIdentify(
  ctx: IdentifyContext,
  trustDomain: string,
  tenant?: string,
): Identify {
  const { store } = ctx
  return async (identity, { thumbprint }) => {
    const credential = await store.credentials.find(thumbprint)
    const facts = credential?.certificate
    if (credential === undefined || facts === null || facts === undefined) return UNMAPPED
    if (tenant !== undefined && credential.tenant !== tenant) return UNMAPPED
    const [owner, home, found] = await Promise.all([
      store.principals.find(credential.tenant, credential.principalId),
      store.tenants.find(credential.tenant),
      findRoot(store, facts.root),
    ])
    if (owner === undefined || home === undefined) return UNMAPPED
    const name = nameOf(trustDomain, owner)
    if (name === undefined || identity.kind !== 'spiffe' || identity.names[0] !== name) {
      return UNMAPPED
    }
    const whose = { tenant: owner.tenant, principalId: owner.id, now: secondsOf(ctx) }
    const ended = rootEnd(ctx, found, whose)
    return ok({
      name,
      grant: {
        ...termsOf(credential, found.record),
        tenant: owner.tenant,
        principalId: owner.id,
        principalType: owner.kind,
        scopes: narrow(credential.scopes, owner.scopes, found.record?.scopes),
        revokedAt: credential.revokedAt ?? owner.revokedAt ?? home.revokedAt ?? ended ?? null,
      },
    })
  }
}

const UNMAPPED = err('mtls.identity-unmapped' as const)

const secondsOf = ({ clock }: IdentifyContext): number => Math.floor(clock() / 1000)

const nameOf = (trustDomain: string, { tenant, kind, id }: PrincipalRecord): string | undefined =>
  ownSpiffeId(trustDomain, { tenant, type: kind, id })

/** From where it may be used, and how often: what held for the credential holds for its certificate. */
const termsOf = ({ metadata }: CredentialRecord, root: CredentialRecord | undefined) => ({
  metadata,
  limits: root?.limits ?? [],
  networks: root?.networks ?? [],
})

const narrow = (
  scopes: readonly string[],
  ...ceilings: readonly (readonly string[] | undefined)[]
): readonly string[] =>
  scopes.filter((scope) =>
    ceilings.every((ceiling) => ceiling === undefined || coversScope(ceiling, scope)),
  )
