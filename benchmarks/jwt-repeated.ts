/** What does a JWT cost that was seen before? 10,000 tokens in turn, caches on. */
import { KeyObject } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { compare, type Contender } from './lib/compare.ts'
import { verifierFor } from './lib/desk.ts'
import { report } from './lib/report.ts'
import { AUDIENCE, ISSUER, keysFor, mintToken } from './lib/tokens.ts'

const BASE = 'Map.get(whole token) + exp'
const TOKENS = 10_000

const keys = keysFor('ES256')
if (!(keys.verify instanceof KeyObject)) throw new Error('ES256 keys are key objects')
const tokens = await Promise.all(
  Array.from({ length: TOKENS }, (_, at) => mintToken('ES256', keys, { serial: at })),
)
const known = new Map(tokens.map((token) => [token, { exp: Date.now() / 1000 + 3600 }]))
const fast = createVerifier({
  key: keys.verify.export({ type: 'spki', format: 'pem' }).toString(),
  algorithms: ['ES256'],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  cache: TOKENS,
})
const own = await verifierFor('ES256', keys, 'cached')

// Seen before means: every token once, before anything is timed.
for (const token of tokens)
  if (!own(token) || fast(token).iss !== ISSUER) throw new Error('refused')

const rows = await compare(
  [
    contender(BASE, (token) => (known.get(token)?.exp ?? 0) > Date.now() / 1000),
    contender('countersign', own),
    contender('fast-jwt, cache on', (token) => fast(token).iss === ISSUER),
  ],
  { base: BASE },
)
report('jwt-repeated', [
  { title: 'ES256 token seen before, 10,000 tokens in turn', base: BASE, rows },
])

/** A fresh string each time, as a header arrives: no engine may compare by identity. */
function contender(name: string, check: (token: string) => boolean): Contender {
  const bytes = tokens.map((token) => Buffer.from(token, 'latin1'))
  let at = 0
  return {
    name,
    run(count) {
      for (let done = 0; done < count; done += 1) {
        const token = bytes[(at += 1) % TOKENS]?.latin1Slice() ?? ''
        if (!check(token)) throw new Error(`${name} refused a good token`)
      }
    },
  }
}
