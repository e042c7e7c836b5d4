/** What an input of the registry must be, whoever sends it: each check names the member it fails. */
import { assertLimitPolicy, ConfigError, coversScope, isScope, parseNetwork } from 'countersign'
import type { LimitRecord } from '../model/records.ts'
import { invalid, type Refused } from './refusal.ts'

/** Bounds of what a record may carry; each is memory in every verifier that leases it (SR-503). */
export const RECORD_LIMITS = Object.freeze({
  scopes: 100,
  networks: 100,
  limits: 8,
  metadataBytes: 4096,
  nameLength: 200,
})

/** Members that, merged into an object somewhere, would change more than they say. */
const POLLUTING = new Set(['__proto__', 'constructor', 'prototype'])

/** Scopes are well formed, few, and covered by what the holder may have at the most. */
export function checkScopes(
  scopes: readonly string[],
  ceiling?: readonly string[],
): Refused | undefined {
  if (scopes.length > RECORD_LIMITS.scopes) {
    return invalid('/scopes', `Write at most ${RECORD_LIMITS.scopes} scopes.`)
  }
  for (const [index, scope] of scopes.entries()) {
    const pointer = `/scopes/${index}`
    if (!isScope(scope)) {
      return invalid(pointer, 'Write segments joined by ":", such as "orders:read" or "orders:*".')
    }
    if (ceiling !== undefined && !coversScope(ceiling, scope)) {
      return invalid(pointer, `The owner does not hold ${scope}; grant it to the owner first.`)
    }
  }
  return undefined
}

/** Networks are addresses or CIDR blocks. */
export function checkNetworks(networks: readonly string[]): Refused | undefined {
  if (networks.length > RECORD_LIMITS.networks) {
    return invalid('/networks', `Write at most ${RECORD_LIMITS.networks} networks.`)
  }
  return firstFailure(networks, '/networks', parseNetwork)
}

/** Limits can be meant, and are named once each. */
export function checkLimits(limits: readonly LimitRecord[]): Refused | undefined {
  if (limits.length > RECORD_LIMITS.limits) {
    return invalid('/limits', `Write at most ${RECORD_LIMITS.limits} limits.`)
  }
  const names = new Set(limits.map(({ name }) => name))
  if (names.size < limits.length) {
    return invalid('/limits', 'Give each limit a name of its own: counters are kept by name.')
  }
  return firstFailure(limits, '/limits', (limit) => assertLimitPolicy(limit))
}

/** Metadata is small and holds no member that pollutes a prototype. */
export function checkMetadata(metadata: Readonly<Record<string, unknown>>): Refused | undefined {
  if (Object.keys(metadata).some((key) => POLLUTING.has(key))) {
    return invalid('/metadata', 'Members named __proto__, constructor or prototype are not taken.')
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > RECORD_LIMITS.metadataBytes) {
    return invalid('/metadata', `Write at most ${RECORD_LIMITS.metadataBytes} bytes of JSON.`)
  }
  return undefined
}

/** A validity that is not over before it begins. */
export function checkValidity(
  now: number,
  { notBefore, expiresAt }: { notBefore: number | null; expiresAt: number | null },
): Refused | undefined {
  if (expiresAt !== null && expiresAt <= now) {
    return invalid('/expiresAt', 'Write a time in the future, in seconds since the epoch.')
  }
  if (notBefore !== null && expiresAt !== null && notBefore >= expiresAt) {
    return invalid('/notBefore', 'Write a time before expiresAt.')
  }
  return undefined
}

/** A name that can be shown on one line. */
export function checkName(name: string): Refused | undefined {
  const fits = name.length > 0 && name.length <= RECORD_LIMITS.nameLength
  return fits && !hasControl(name)
    ? undefined
    : invalid('/name', `Write 1 to ${RECORD_LIMITS.nameLength} characters on one line.`)
}

/** Reports whether a text holds control characters, which forge lines in logs and terminals. */
export const hasControl = (text: string): boolean => /\p{Cc}/u.test(text)

function firstFailure<T>(
  items: readonly T[],
  pointer: string,
  assert: (item: T) => unknown,
): Refused | undefined {
  for (const [index, item] of items.entries()) {
    try {
      assert(item)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return invalid(`${pointer}/${index}`, error.message)
    }
  }
  return undefined
}
