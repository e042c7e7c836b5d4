import { Token } from 'structured-headers'
import { parseAddress } from '../../core/network.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { checkTarget, hostOf } from '../../net/target.ts'
import type { Component } from './component.ts'
import { readDictionary, readItem } from './fields.ts'
import type { UnverifiedSignature } from './format.ts'
import { AGENT_FIELD } from './web-bot-auth-format.ts'

/** Nobody's origin is longer; the parser never sees more. */
const MAX_CHARACTERS = 2048

/**
 * The origin of the agent that a signature speaks for: the member of `Signature-Agent` that the
 * signature itself covers. Checks, in order: present, size, covered, form, `type`, an origin.
 *
 * The member of the signature's own label counts where several are covered. One that is covered
 * alone counts under any name, since a hop may have renamed the signature (RFC 9421 §7.2.5). The
 * text form of earlier drafts is read as well: it is covered whole.
 *
 * Does not fetch anything, and does not ask whether the agent is welcome.
 *
 * @param values - Attacker-controlled.
 */
export function coveredAgent(
  { components, label }: UnverifiedSignature,
  values: readonly string[],
): Result<string, ReasonCode> {
  if (values.length === 0) return err('web-bot-auth.agent-missing')
  if (values.join(', ').length > MAX_CHARACTERS) return err('web-bot-auth.agent-malformed')
  const covered = components.filter(({ name }) => name === AGENT_FIELD)
  const legacy = covered.length === 1 && covered[0]?.parameters.size === 0
  if (legacy) return legacyAgent(values)
  const key = coveredMember(covered, label)
  if (key === undefined) return err('web-bot-auth.agent-uncovered')
  const members = readDictionary(values)
  if (members === undefined) return err('web-bot-auth.agent-malformed')
  const [value, parameters] = members.get(key) ?? []
  const type = parameters?.get('type')
  const known = type === undefined || (type instanceof Token && type.toString() === 'directory')
  return typeof value === 'string' && known
    ? agentOrigin(value)
    : err('web-bot-auth.agent-malformed')
}

function coveredMember(covered: readonly Component[], label: string): string | undefined {
  const keys = covered.flatMap(({ parameters }) => {
    const key = parameters.get('key')
    // A member of the answered request, of the trailers or in bytes is another component.
    return typeof key === 'string' && parameters.size === 1 ? [key] : []
  })
  if (keys.length === 1) return keys[0]
  return keys.find((key) => key === label)
}

function legacyAgent(values: readonly string[]): Result<string, ReasonCode> {
  const [text, ...others] = values
  const item = text === undefined || others.length > 0 ? undefined : readItem(text)
  const value = item?.[0]
  return typeof value === 'string' ? agentOrigin(value) : err('web-bot-auth.agent-malformed')
}

/**
 * Reads an origin that a caller named and that we are about to ask: `https`, written the one way
 * (RFC 6454 §6.2) with an empty path at most, by a public name with a dot in it, at the port of
 * https: no caller has us knock at another one. Where the name leads is for the guarded fetch to see.
 */
export function agentOrigin(text: string): Result<string, ReasonCode> {
  const origin = text.endsWith('/') ? text.slice(0, -1) : text
  const target = checkTarget({ url: origin, allowPrivateHosts: [] })
  if (!target.ok || target.value.origin !== origin) return err('web-bot-auth.agent-invalid')
  const host = hostOf(target.value)
  const named = parseAddress(host) === undefined && host.includes('.') && !host.endsWith('.')
  return named && target.value.port === '' ? ok(origin) : err('web-bot-auth.agent-invalid')
}
