/** Credential scopes and the times of Signature Version 4. */
import { err, ok, type Result } from '../../core/result.ts'

/** What a signing key is good for: one day, one region, one service. */
export interface SigV4Scope {
  /** `YYYYMMDD`, in UTC. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** Whose key, and for what. */
export interface SigV4Credential {
  readonly accessKeyId: string
  readonly scope: SigV4Scope
}

const CREDENTIAL =
  /^([A-Za-z0-9._-]{1,128})\/(\d{8})\/([A-Za-z0-9-]{1,64})\/([A-Za-z0-9-]{1,64})\/aws4_request$/

/**
 * Parses `<access key id>/<date>/<region>/<service>/aws4_request`.
 *
 * @param text - Attacker-controlled, of any length.
 */
export function parseCredential(text: string): Result<SigV4Credential, 'sigv4.malformed'> {
  const [, accessKeyId = '', date = '', region = '', service = ''] = CREDENTIAL.exec(text) ?? []
  if (accessKeyId === '') return err('sigv4.malformed')
  return ok({ accessKeyId, scope: { date, region, service } })
}

/** Writes a scope as the string to sign has it. */
export const serializeScope = ({ date, region, service }: SigV4Scope): string =>
  `${date}/${region}/${service}/aws4_request`

const TIME = /^\d{8}T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/

/**
 * Reads an `X-Amz-Date` (`YYYYMMDDTHHMMSSZ`) as seconds since the epoch; undefined for any other
 * text, and for days that no calendar has.
 */
export function parseAmzDate(text: string): number | undefined {
  if (!TIME.test(text)) return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const midnight = startOfDay(year, twoDigits(text, 4) - 1, twoDigits(text, 6))
  const seconds = twoDigits(text, 9) * 3600 + twoDigits(text, 11) * 60 + twoDigits(text, 13)
  return midnight === undefined ? undefined : midnight + seconds
}

const ZERO = 0x30

const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO

/** A `Date` reads 31 February as 3 March: what it then says is another day. */
function startOfDay(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  const time = date.setUTCFullYear(year, month, day)
  return date.getUTCMonth() === month && date.getUTCDate() === day ? time / 1000 : undefined
}

/** Writes seconds since the epoch as an `X-Amz-Date`. */
export const formatAmzDate = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
