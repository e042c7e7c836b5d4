import type { SigningKeyRecord } from '../model/records.ts'
import { publishSeconds, retireSeconds, type SigningRules } from './rules.ts'

/** One step that the time has come for. */
export type KeyAction =
  | { readonly do: 'generate'; readonly state: 'published' | 'signing'; readonly signsAt: number }
  | { readonly do: 'promote'; readonly id: string }
  | { readonly do: 'retire'; readonly id: string; readonly deletesAt: number }
  | { readonly do: 'delete'; readonly id: string }

/** What the schedule reads of a key. */
export type ScheduledKey = Pick<SigningKeyRecord, 'id' | 'state' | 'signsAt' | 'deletesAt'>

/** The key that signs now: of several (two processes raced), the one that started last. */
export function currentKey<K extends ScheduledKey>(keys: readonly K[]): K | undefined {
  return keys.filter(({ state }) => state === 'signing').toSorted(latestFirst)[0]
}

const latestFirst = (left: ScheduledKey, right: ScheduledKey): number =>
  right.signsAt - left.signsAt || (left.id < right.id ? -1 : 1)

/**
 * Decides what to do with a tenant's keys now. Pure, and idempotent: two processes that plan from
 * the same keys plan the same.
 *
 * A new key is published long before it signs, so that no verifier meets a `kid` it could not have
 * fetched; only the very first key, which no cache can lack, signs at once. A key that stopped stays
 * published until the last token it signed has expired.
 */
export function planKeys(
  keys: readonly ScheduledKey[],
  now: number,
  rules: SigningRules,
): readonly KeyAction[] {
  return [...planSigning(keys, now, rules), ...planDeletion(keys, now)]
}

function planSigning(
  keys: readonly ScheduledKey[],
  now: number,
  rules: SigningRules,
): readonly KeyAction[] {
  const published = keys.filter(({ state }) => state === 'published').toSorted(latestFirst)
  const deletesAt = now + retireSeconds(rules)
  const current = currentKey(keys)
  const due = published.find(({ signsAt }) => signsAt <= now)
  // Without a current key waiting would mean not signing: the oldest published one is best known.
  const next = due ?? (current === undefined ? published.at(-1) : undefined)
  if (next !== undefined) {
    // Another published key (two processes raced) never signed, and can go.
    const spare = published.filter(({ id }) => id !== next.id)
    return [
      { do: 'promote', id: next.id },
      ...retireSigning(keys, next.id, deletesAt),
      ...spare.map(({ id }) => ({ do: 'delete', id }) as const),
    ]
  }
  if (current === undefined) return [{ do: 'generate', state: 'signing', signsAt: now }]
  const others = retireSigning(keys, current.id, deletesAt)
  const endsAt = current.signsAt + rules.rotationSeconds
  if (published.length > 0 || now < endsAt - publishSeconds(rules)) return others
  const signsAt = now + publishSeconds(rules)
  return [{ do: 'generate', state: 'published', signsAt }, ...others]
}

function retireSigning(
  keys: readonly ScheduledKey[],
  except: string,
  deletesAt: number,
): readonly KeyAction[] {
  return keys
    .filter(({ id, state }) => state === 'signing' && id !== except)
    .map(({ id }) => ({ do: 'retire', id, deletesAt }))
}

const planDeletion = (keys: readonly ScheduledKey[], now: number): readonly KeyAction[] =>
  keys
    .filter(({ state }) => state === 'retired' || state === 'compromised')
    .filter(({ deletesAt }) => deletesAt !== null && deletesAt <= now)
    .map(({ id }) => ({ do: 'delete', id }))

/** Reports whether a key belongs in the key set: all but the compromised, the future ones too. */
export const isPublished = ({ state }: ScheduledKey): boolean => state !== 'compromised'
