import type { RegisteredClient } from '../authorization/request.ts'
import type { StoreSession } from '../model/store.ts'

/**
 * Makes, or renews, the record of a client that a document describes, in the transaction of what a
 * person grants it: from then on it is in the list of clients, under its URL, and can be revoked
 * there. Strangers alone write nothing. Other clients have a record already.
 */
export async function rememberClient(
  session: Pick<StoreSession, 'principals' | 'events'>,
  { principal, settings }: RegisteredClient,
  at: number,
): Promise<void> {
  if (settings.origin !== 'metadata-document') return
  const { tenant, id, name, scopes } = principal
  const known = await session.principals.find(tenant, id)
  if (known === undefined) {
    await session.principals.insert({ ...principal, createdAt: at })
    const event = {
      type: 'client.discovered',
      actor: 'system',
      subject: id,
      data: { name, scopes },
    }
    await session.events.append({ tenant, ...event, at })
    return
  }
  const isSame =
    known.name === name && JSON.stringify(known.client) === JSON.stringify(principal.client)
  if (!isSame) await session.principals.update(tenant, id, { name, scopes, client: settings })
}
