/** User codes (RFC 8628 §6.1): eight letters that a person reads off one screen and types at another. */
import { createHmac, randomInt } from 'node:crypto'
import type { MasterSecrets } from '../../context.ts'

/** No vowels: no words, and nothing that looks like a digit. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8

/** Longer than a code with every dash and space that people put in. */
const MAX_TYPED_LENGTH = 64

const FORM = new RegExp(`^[${LETTERS}]{${LENGTH}}$`)

/** A fresh code: one of 20^8, 34.5 bits. */
export const newUserCode = (): string =>
  Array.from({ length: LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')

/** As devices and pages display it: `WDJB-MJHT`. */
export const shownUserCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`

/**
 * The code that somebody typed: case, dashes and spaces do not matter. Undefined for what can be no
 * code, which is then no guess either.
 *
 * @param typed - Attacker-controlled.
 */
export function readUserCode(typed: string | undefined): string | undefined {
  const code = (typed ?? '')
    .slice(0, MAX_TYPED_LENGTH)
    .normalize('NFKC')
    .replaceAll(/[\s\p{P}]/gu, '')
    .toUpperCase()
  return FORM.test(code) ? code : undefined
}

/**
 * What is stored of a code, under each pepper, the newest first. Keyed: 34.5 bits are soon tried by
 * whoever has the database, and not by who has no pepper.
 */
export const userCodeDigests = (
  { peppers }: Pick<MasterSecrets, 'peppers'>,
  tenant: string,
  code: string,
): readonly string[] =>
  [...peppers]
    .toSorted(([one], [other]) => other - one)
    .map(([, pepper]) =>
      createHmac('sha256', pepper.reveal())
        .update(`user-code\n${tenant}\n${code}`)
        .digest('base64url'),
    )
