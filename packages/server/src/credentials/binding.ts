import type { Confirmation } from 'countersign'
import { invalid, type Refused } from './refusal.ts'

/** 32 bytes in base64url, in their one spelling: the last character holds four bits. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** A binding names at least one key, by a thumbprint that some key can have. */
export function checkBinding(confirmation: Confirmation): Refused | undefined {
  const members = Object.entries<unknown>({ ...confirmation })
  if (members.length === 0) return invalid('/confirmation', 'Name a key: jkt, x5t#S256 or both.')
  const [bad] = members.filter(
    ([name, value]) =>
      !(name === 'jkt' || name === 'x5t#S256') ||
      typeof value !== 'string' ||
      !THUMBPRINT.test(value),
  )
  return bad === undefined
    ? undefined
    : invalid(`/confirmation/${bad[0]}`, 'Write a SHA-256 thumbprint: 32 bytes in base64url.')
}
