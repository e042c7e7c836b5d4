import type { EventStore, Store, StoreSession } from '../../model/store.ts'
import { artefactStore } from './artefacts.ts'
import { certificateAuthorityStore } from './certificate-authorities.ts'
import { changeStore } from './changes.ts'
import { consentStore } from './consents.ts'
import { credentialStore } from './credentials.ts'
import type { Db } from './db.ts'
import { decisionStore } from './decisions.ts'
import { eventStore } from './events.ts'
import { leadershipStore } from './leadership.ts'
import { principalStore } from './principals.ts'
import { registrationStore } from './registrations.ts'
import { replayUseStore } from './replay.ts'
import { sessionStore } from './sessions.ts'
import { signingKeyStore } from './signing-keys.ts'
import { tenantStore } from './tenants.ts'
import { tokenStore } from './tokens.ts'
import { usageStore } from './usage.ts'

/** Every record family over one database, inside or outside of a transaction. */
export const sqlSession = (db: Db): StoreSession => ({
  tenants: tenantStore(db),
  principals: principalStore(db),
  credentials: credentialStore(db),
  tokens: tokenStore(db),
  signingKeys: signingKeyStore(db),
  certificateAuthorities: certificateAuthorityStore(db),
  changes: changeStore(db),
  events: eventStore(db),
  decisions: decisionStore(db),
  replays: replayUseStore(db),
  artefacts: artefactStore(db),
  sessions: sessionStore(db),
  consents: consentStore(db),
  registrations: registrationStore(db),
  leadership: leadershipStore(db),
  usage: usageStore(db),
})

/**
 * Holds those that take no turn to their promise: after an event, events alone. From there to the
 * commit all others wait, so nothing else may take its time then, or a lock that they hold.
 */
function eventsLast(session: StoreSession): StoreSession {
  let appended = false
  const append: EventStore['append'] = (event) => {
    appended = true
    return session.events.append(event)
  }
  const events = { ...session.events, append }
  return new Proxy(session, {
    get: (target, family: keyof StoreSession) => {
      if (family === 'events') return events
      if (appended) throw new Error('without a turn, events are appended last')
      return target[family]
    },
  })
}

/** What a database adds to the record families to make a store of them. */
export type SqlBackend = Pick<Store, 'limits' | 'onChange' | 'ping' | 'close'> & { readonly db: Db }

/** The store contract over a SQL database. */
export const sqlStore = ({ db, limits, onChange, ping, close }: SqlBackend): Store => ({
  ...sqlSession(db),
  transaction: (work, options) =>
    db.atomic((inside) => {
      const session = sqlSession(inside)
      return work(options?.turn === 'none' ? eventsLast(session) : session)
    }, options),
  limits,
  onChange,
  ping,
  close,
})
