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

const TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/**
 * Reads an `X-Amz-Date` (`YYYYMMDDTHHMMSSZ`) as seconds since the epoch; undefined for any other
 * text, and for days that no calendar has.
 */
export function parseAmzDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = TIME.exec(text) ?? []
  if (second === undefined) return undefined
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // Date.parse reads 31 February as 3 March; writing it again does not.
  return Number.isNaN(time) || formatAmzDate(time / 1000) !== text ? undefined : time / 1000
}

/** Writes seconds since the epoch as an `X-Amz-Date`. */
export const formatAmzDate = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
