/** What the account page shows: sessions, and applications with access. */
import type { AuthorizationCall } from '../authorization/call.ts'
import type { Form } from '../http/form.ts'
import type { GrantRecord } from '../model/records.ts'
import type { AccountNotice, AccountView, GrantView, SessionView } from '../pages/account.ts'
import { formToken, isFormToken } from '../sessions/forms.ts'
import type { LiveSession } from '../sessions/read.ts'
import { isInForce } from './consent.ts'

/** More than a page can show. */
const MAX_CONSENTS = 200

/**
 * Sessions and applications of a person. An application is listed once, by its client: whoever has a
 * consent in force or a grant that lives. Its button takes back both.
 */
export async function accountOf(
  { services: { store }, tenant, now }: AuthorizationCall,
  { record, person }: LiveSession,
): Promise<Pick<AccountView, 'sessions' | 'grants'>> {
  const mine = { tenant: tenant.id, principalId: person.id }
  const [sessions, consents, grants] = await Promise.all([
    store.sessions.listOf(tenant.id, person.id, now),
    store.consents.list({ ...mine, limit: MAX_CONSENTS }),
    store.tokens.listGrants(mine),
  ])
  const living = grants.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const byClient = Map.groupBy(living, ({ clientId }) => clientId)
  const inForce = consents.items.filter((consent) => isInForce(consent, now))
  const clients = new Set([...inForce.map(({ clientId }) => clientId), ...byClient.keys()])
  const views = [...clients].map(async (clientId): Promise<GrantView> => {
    const client = await store.principals.find(tenant.id, clientId)
    const consent = inForce.find((one) => one.clientId === clientId)
    const access = accessOf(byClient.get(clientId) ?? [], consent?.createdAt ?? now)
    const scopes = [...new Set([...(consent?.scopes ?? []), ...access.scopes])]
    const name = client === undefined ? {} : { name: client.name }
    return { id: clientId, client: { id: clientId, ...name }, ...access, scopes }
  })
  return {
    sessions: sessions.map(
      ({ id, label, createdAt, lastSeenAt }): SessionView => ({
        id,
        device: label,
        signedInAt: createdAt,
        lastSeenAt,
        current: id === record.id,
      }),
    ),
    grants: await Promise.all(views),
  }
}

/** Since when, and until when at the longest. */
function accessOf(grants: readonly GrantRecord[], since: number) {
  const ends = grants.map(({ expiresAt }) => expiresAt)
  const last = ends.includes(null) || ends.length === 0 ? null : Math.max(...ends.map(Number))
  return {
    createdAt: Math.min(since, ...grants.map(({ createdAt }) => createdAt)),
    expiresAt: last,
    scopes: grants.flatMap(({ scopes }) => scopes),
  }
}

/** What has just happened, as the query of the page that says so; with a proof, for links lie. */
export function noticeQuery({ secret }: LiveSession, kind: AccountNotice['kind'], client = '') {
  const proof = formToken(secret.reveal(), `notice\n${kind}\n${client}`)
  return new URLSearchParams({ done: kind, client, proof }).toString()
}

/** Reads {@link noticeQuery}. @param query - Attacker-controlled. */
export async function noticeOf(
  { services: { store }, tenant }: AuthorizationCall,
  { secret }: LiveSession,
  query: Form,
): Promise<AccountNotice | undefined> {
  const [kind, id = ''] = [query.get('done'), query.get('client')]
  if (!isFormToken(secret.reveal(), `notice\n${kind ?? ''}\n${id}`, query.get('proof'))) {
    return undefined
  }
  if (kind === 'session-ended' || kind === 'sessions-ended') return { kind }
  const client = await store.principals.find(tenant.id, id)
  return { kind: 'grant-revoked', client: { id, ...(client && { name: client.name }) } }
}
