import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Jwk } from '../crypto/seam.ts'
import { importVerifier as importOnWeb } from '../crypto/web.ts'
import { algorithmNamed } from './algorithms.ts'
import { parseCompact } from './compact.ts'
import { isObject } from './json.ts'
import { staticKeySet, type KeySet } from './key-set.ts'
import { checkJwk } from './keys.ts'
import { decodeBytes } from '#crypto'

/**
 * The JOSE vectors of Wycheproof (C2SP, Apache-2.0), which are kept outside this repository: set
 * COUNTERSIGN_VECTORS to their folder to run them elsewhere.
 */

const folder =
  process.env['COUNTERSIGN_VECTORS'] ??
  new URL('../../../../../shared/vectors', import.meta.url).pathname

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws?: unknown
  readonly jwe?: unknown
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Group {
  readonly comment: string
  readonly public?: Jwk
  readonly private?: Jwk
  readonly tests: readonly Vector[]
}

/** Vectors that Wycheproof calls valid and we refuse, with the reason. */
const STRICTER: Readonly<Record<string, string>> = {
  'signature 346': 'the key is bound to PS256 and the token says PS384',
  'signature 350': 'the key is bound to PS256 and the token says PS384',
  'signature 347': 'the key says alg "ES521", which is no registered algorithm',
  'signature 351': 'the key says alg "ES521", which is no registered algorithm',
  'signature 372': 'a "?" inside the header is no base64url (RFC 7515 §2)',
  'signature 373': 'a "?" inside the payload is no base64url (RFC 7515 §2)',
}

/** Vectors whose padding was lost on the way into the file: byte for byte the valid 357. */
const SAME_AS_VALID: ReadonlySet<string> = new Set(['signature 367', 'signature 370'])

/** Reports whether a JWS verifies with these keys, payload of any kind. */
async function accepts(jws: unknown, keys: KeySet): Promise<boolean> {
  if (typeof jws !== 'string') return false
  const parsed = parseCompact(jws, 65_536)
  if (!parsed.ok) return false
  const { header, input, payload, signature } = parsed.value
  const algorithm = algorithmNamed(header.alg)
  const key = algorithm && (await keys.find(algorithm, header.kid))
  if (key === undefined || decodeBytes(payload) === undefined) return false
  return key.verify(input, signature)
}

/** A key that cannot be configured refuses everything. */
function keySetOf({ public: own, private: secret }: Group): KeySet | undefined {
  const key = own ?? secret
  if (key === undefined) return undefined
  const keys = Array.isArray(key['keys']) ? key['keys'].filter(isObject) : [key]
  try {
    return staticKeySet({ keys })
  } catch {
    return undefined
  }
}

for (const file of ['signature', 'key', 'crypto']) {
  const path = `${folder}/json_web_${file}_test.json`
  if (!existsSync(path)) {
    test(`wycheproof ${file}: vectors absent`, { skip: `no ${path}` }, () => {})
    continue
  }
  // The file is Wycheproof's, in its published schema.
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as { testGroups: readonly Group[] }
  for (const group of testGroups) {
    const keys = keySetOf(group)
    for (const { tcId, comment, jws, result } of group.tests) {
      const name = `${file} ${tcId}`
      const stricter = STRICTER[name]
      const valid = result === 'valid' || SAME_AS_VALID.has(name)
      const expected = valid && jws !== undefined && stricter === undefined
      const note = stricter === undefined ? '' : ` (stricter: ${stricter})`
      test(`wycheproof ${name} ${group.comment} ${comment}: ${expected}${note}`, async () => {
        assert.equal(keys !== undefined && (await accepts(jws, keys)), expected)
      })
      if (typeof jws === 'string' && keys !== undefined) {
        test(`wycheproof ${name}: the portable implementation agrees`, async () => {
          assert.equal(await acceptsOnWeb(jws, group), await accepts(jws, keys))
        })
      }
    }
  }
}

async function acceptsOnWeb(jws: string, group: Group): Promise<boolean> {
  const parsed = parseCompact(jws, 65_536)
  if (!parsed.ok || decodeBytes(parsed.value.payload) === undefined) return false
  const { header, input, signature } = parsed.value
  const single = group.public ?? group.private ?? {}
  const candidates = Array.isArray(single['keys']) ? single['keys'].filter(isObject) : [single]
  const fitting = candidates.filter((jwk) => {
    const checked = checkJwk(jwk, 'verify')
    const fits = header.kid === undefined || jwk['kid'] === undefined || jwk['kid'] === header.kid
    return fits && checked.ok && checked.value.name === header.alg
  })
  const [jwk] = fitting
  const algorithm = algorithmNamed(header.alg)
  if (jwk === undefined || algorithm === undefined) return false
  return (await importOnWeb(jwk, algorithm))(input, signature)
}
