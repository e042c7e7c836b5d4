/** The load: tokens of clients, families of refresh tokens, and their ends. */
import { giveCode, addPerson } from '../../packages/server/src/testing/grants.ts'
import { call, type Answer } from './call.ts'
import { endOf, isLiving, type Mark } from './ledger.ts'
import type { TestClient } from '../../packages/server/src/testing/authority.ts'
import {
  administer,
  anyNode,
  insist,
  pause,
  textIn,
  type Family,
  type Holding,
  type World,
} from './world.ts'

const MOST_HOLDINGS = 600
const RESOURCE = 'https://api.example.com'
/** The profile replays an answer for 20 s; a retry that came later than this proves nothing. */
const RETRY_MS = 14_000

/** Posts to the token endpoint of any node as a client. */
export const askToken = (
  world: World,
  client: TestClient,
  form: Readonly<Record<string, string>>,
): Promise<Answer | undefined> =>
  call(world.ledger, anyNode(world), {
    operation: form['grant_type'] ?? 'revoke',
    path: form['grant_type'] === undefined ? '/oauth/revoke' : '/oauth/token',
    form: { ...form, client_id: client.id, client_secret: client.secret },
  })

/** Keeps a credential, to be checked from now on. */
export function hold(world: World, holding: Omit<Holding, 'history' | 'since'>): Holding {
  const made = { ...holding, history: [], since: Date.now() }
  world.ledger.note(made, 'issued')
  world.holdings.push(made)
  if (world.holdings.length > MOST_HOLDINGS) world.holdings.shift()
  return made
}

let serial = 0

/** Keeps the access token of an answer. */
export function holdToken(world: World, answer: Answer, marks: readonly Mark[]): Holding {
  const value = textIn(answer, 'access_token')
  serial += 1
  const name = `access token ${serial}`
  const isJwt = value.includes('.')
  const own = [...marks, { name }, ...(isJwt ? [kidOf(world, value)] : [])]
  return hold(world, { kind: isJwt ? 'jwt' : 'opaque', name, id: '', value, marks: own })
}

function kidOf({ kids }: World, jwt: string): Mark {
  const [head = ''] = jwt.split('.')
  // A JWS header is a JSON object.
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { readonly kid: string }
  const known = kids.get(header.kid) ?? { name: `signing key ${header.kid}` }
  kids.set(header.kid, known)
  return known
}

/** A token for a client itself, in either format. */
export async function clientCredentials(world: World): Promise<void> {
  const client = world.random.next() < 0.5 ? world.clients.jwt : world.clients.opaque
  const answer = await askToken(world, client, {
    grant_type: 'client_credentials',
    resource: RESOURCE,
  })
  if (answer?.status === 200) holdToken(world, answer, [])
  else if (answer !== undefined) refusedClient(world, answer)
}

const refusedClient = ({ ledger }: World, answer: Answer): void =>
  ledger.check('no client is refused', false, { name: 'client credentials', history: [] }, () =>
    JSON.stringify(answer),
  )

/** A person allows an app, and the app redeems the code, perhaps from several tabs at once. */
export async function newFamily(world: World): Promise<void> {
  const { seeder: authority } = world
  const clock = { now: () => Math.floor(Date.now() / 1000), read: Date.now, pass: () => {} }
  let given
  let person
  try {
    person = await addPerson({ authority })
    given = await giveCode({ authority, clock }, world.clients.app, { person })
  } catch {
    // The store is away: nothing was promised.
    return world.ledger.count('no code')
  }
  const family: Family = {
    name: `family ${given.grant.id}`,
    history: [],
    grant: { name: given.grant.id },
    person: { name: person },
    token: '',
    used: [],
    busy: true,
  }
  const form = { grant_type: 'authorization_code', code: given.code, code_verifier: given.verifier }
  if (await exchange(world, family, form)) world.families.push(family)
  family.busy = false
  return undefined
}

/** One to four clients refresh one family at once. */
export async function refreshFamily(world: World): Promise<void> {
  const family = world.random.pick(world.families.filter(({ busy }) => !busy))
  if (family === undefined) return
  family.busy = true
  const before = family.token
  const form = { grant_type: 'refresh_token', refresh_token: before }
  if (await exchange(world, family, form)) family.used.push({ token: before, at: Date.now() })
  else drop(world, family)
  family.busy = false
}

const drop = ({ families }: World, family: Family): void => {
  const index = families.indexOf(family)
  if (index >= 0) families.splice(index, 1)
}

/** Asks from several places until all have the same answer; false when the family is no more. */
async function exchange(
  world: World,
  family: Family,
  form: Readonly<Record<string, string>>,
): Promise<boolean> {
  const started = Date.now()
  const marks = [family.grant, family.person]
  const places = Array.from({ length: world.random.between(1, 4) })
  const operation = String(form['grant_type'])
  world.ledger.note(family, `${operation} from ${places.length} places`)
  const answers = await Promise.all(
    places.map(() => persist(world, () => askToken(world, world.clients.app, form), started)),
  )
  const known = answers.filter((answer) => answer !== undefined)
  const good = known.filter(({ status }) => status === 200)
  const refused = known.find(({ status }) => status !== 200)
  const successors = new Set(good.map((answer) => textIn(answer, 'refresh_token')))
  world.ledger.note(
    family,
    `${good.length} of ${known.length} answers, ${successors.size} successors`,
  )
  const { ledger } = world
  ledger.check('one token has one successor', successors.size <= 1, family, () => operation)
  if (refused !== undefined) judgeSignOut(world, family, { started, refused })
  const [first] = good
  if (first === undefined || refused !== undefined) return false
  ledger.check('no honest client is signed out', true, family, () => '')
  const late = started - endOf(marks)
  ledger.check('nothing is issued after the end', late <= 0, family, () => `${late} ms late`)
  family.token = textIn(first, 'refresh_token')
  holdToken(world, first, marks)
  return true
}

function judgeSignOut(
  { ledger, weather }: World,
  family: Family,
  { started, refused }: { readonly started: number; readonly refused: Answer },
): void {
  const isHonest = isLiving([family.grant, family.person])
  // Whatever the answer was, its tokens may be gone now.
  family.grant.endingFrom ??= started
  if (isHonest && Date.now() < weather.wrongClockUntil) {
    return ledger.count('signed out by a wrong clock')
  }
  return ledger.check('no honest client is signed out', !isHonest, family, () =>
    JSON.stringify(refused),
  )
}

async function persist(
  world: World,
  ask: () => Promise<Answer | undefined>,
  started: number,
): Promise<Answer | undefined> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() - started > RETRY_MS) {
      world.ledger.count('retried too long')
      return undefined
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await pause(150)
  }
}

/** A thief, or a fault of the client: a token of long ago is used again. */
export async function reuse(world: World): Promise<void> {
  const longAgo = Date.now() - 25_000
  const isRipe = (family: Family): boolean =>
    !family.busy && (family.used[0]?.at ?? longAgo) < longAgo
  const family = world.random.pick(world.families.filter(isRipe))
  const [old] = family?.used ?? []
  if (family === undefined || old === undefined) return
  family.busy = true
  drop(world, family)
  family.grant.endingFrom = Date.now()
  world.ledger.note(family, 'an old token is used again')
  const form = { grant_type: 'refresh_token', refresh_token: old.token }
  const answer = await insist(world, () => askToken(world, world.clients.app, form))
  if (answer === undefined) return
  const isWrong = Date.now() < world.weather.wrongClockUntil
  world.ledger.check(
    'no token is used twice',
    answer.status !== 200 || isWrong,
    family,
    () => 'it was',
  )
  if (answer.status !== 200) family.grant.endedAt = Date.now()
}

/** Ends something by a call that is repeated until it is acknowledged. */
export async function end(
  world: World,
  mark: Mark,
  ask: () => Promise<Answer | undefined>,
): Promise<void> {
  if (mark.endingFrom !== undefined) return
  mark.endingFrom = Date.now()
  const answer = await insist(world, ask)
  if (answer === undefined) return
  const isDone = answer.status < 300 || answer.status === 404 || answer.status === 409
  const subject = { name: mark.name, history: [] }
  world.ledger.check('an end is acknowledged', isDone, subject, () => JSON.stringify(answer))
  if (isDone) mark.endedAt = Date.now()
}

/** Ends a token, a grant or a person. */
export async function endSomething(world: World): Promise<void> {
  const { random, families, holdings, clients } = world
  const family = random.pick(families.filter(({ busy }) => !busy))
  const choice = random.next()
  if (family !== undefined && choice < 0.4) {
    drop(world, family)
    const [mark, path] =
      choice < 0.25
        ? [family.grant, `/v1/grants/${family.grant.name}`]
        : [family.person, `/v1/users/${family.person.name}`]
    world.ledger.note(family, `DELETE ${path}`)
    const given = { operation: 'end a grant or person', method: 'DELETE', path }
    return end(world, mark, () => administer(world, given))
  }
  const token = random.pick(holdings.filter(({ kind }) => kind !== 'api-key'))
  const own = token?.marks.find(({ name }) => name === token.name)
  if (token === undefined || own === undefined) return undefined
  world.ledger.note(token, 'revoked')
  // Which client it is of is not kept: the two that it is not of are told so, and it lives on.
  const owner = random.pick([clients.jwt, clients.opaque, clients.app]) ?? clients.app
  return revokeAs(world, { token, own, owner })
}

async function revokeAs(
  world: World,
  {
    token,
    own,
    owner,
  }: { readonly token: Holding; readonly own: Mark; readonly owner: TestClient },
): Promise<void> {
  if (own.endingFrom !== undefined) return
  const ended = endOf(token.marks)
  own.endingFrom = Date.now()
  const answer = await insist(world, () => askToken(world, owner, { token: token.value }))
  if (answer?.status === 200) own.endedAt = Date.now()
  // Another client's: refused, and nothing has happened.
  if (answer?.status === 400 && ended === Number.POSITIVE_INFINITY) delete own.endingFrom
}
