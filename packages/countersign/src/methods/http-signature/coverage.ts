import type { Component } from './component.ts'

/** What the default policy asks for beside `content-digest`, `created` and `keyid`. */
export const DEFAULT_COMPONENTS: readonly string[] = ['@method', '@authority', '@path', '@query']

/** Components that say everything that another one says (RFC 9421 §2.2). */
const STRONGER: Readonly<Record<string, readonly string[]>> = {
  '"@authority"': ['"@target-uri"'],
  '"@scheme"': ['"@target-uri"'],
  '"@path"': ['"@target-uri"', '"@request-target"'],
  '"@query"': ['"@target-uri"', '"@request-target"'],
}

/**
 * The forms that cover all of Content-Digest. One member (`key`) is not enough: another member
 * could be the one that fits a replaced body.
 */
const DIGEST_FORMS: readonly string[] = [
  '"content-digest"',
  '"content-digest";sf',
  '"content-digest";bs',
]

/** The required components that nothing of the covered ones stands for. */
export function missingComponents(
  required: readonly Component[],
  covered: readonly Component[],
): readonly string[] {
  return required.filter((one) => !isCovered(one, covered)).map(({ text }) => text)
}

function isCovered({ id }: Component, covered: readonly Component[]): boolean {
  if (covered.some((one) => one.id === id)) return true
  const stronger = STRONGER[id]
  return stronger !== undefined && covered.some((one) => stronger.includes(one.id))
}

/** Reports whether the covered components hold the digest of the body. */
export const coversDigest = (covered: readonly Component[]): boolean =>
  covered.some(({ id }) => DIGEST_FORMS.includes(id))
