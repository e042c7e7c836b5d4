/** What does verifying a JWT cost when the key is known and the token is new? Per algorithm. */
import { createHmac, createSecretKey, KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { importJWK, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { compare, type Contender } from './lib/compare.ts'
import { verifierFor } from './lib/desk.ts'
import { report, type Table } from './lib/report.ts'
import { AUDIENCE, ISSUER, keysFor, mintToken, type Keys } from './lib/tokens.ts'

const BASE = 'bare node:crypto + JSON.parse'
const TOKENS = 2048

const tables: Table[] = []
for (const algorithm of ['HS256', 'RS256', 'ES256', 'EdDSA']) {
  const keys = keysFor(algorithm)
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, (_, at) => mintToken(algorithm, keys, { serial: at })),
  )
  const contenders = [
    bare(algorithm, keys, tokens),
    await ours(algorithm, keys, tokens),
    await joseContender(algorithm, keys, { tokens, batch: 32 }),
    await joseContender(algorithm, keys, { tokens, batch: 1 }),
    fastJwt(algorithm, keys, tokens),
    // jsonwebtoken knows no EdDSA.
    ...(algorithm === 'EdDSA' ? [] : [jsonwebtokenContender(algorithm, keys, tokens)]),
  ]
  tables.push({
    title: `JWT verify ${algorithm}`,
    base: BASE,
    rows: await compare(contenders, { base: BASE }),
  })
}
report('jwt-verify', tables)

/** Runs a synchronous check over the tokens in turn, and fails loudly if one is refused. */
function each(
  name: string,
  tokens: readonly string[],
  check: (token: string) => boolean,
): Contender {
  let at = 0
  return {
    name,
    run(count) {
      for (let done = 0; done < count; done += 1) {
        if (!check(tokens[(at += 1) % TOKENS] ?? ''))
          throw new Error(`${name} refused a good token`)
      }
    },
  }
}

/** The floor: the primitive, the claims, the three checks nobody can leave out. */
function bare(algorithm: string, keys: Keys, tokens: readonly string[]): Contender {
  const check = primitive(algorithm, keys)
  return each(BASE, tokens, (token) => {
    const second = token.lastIndexOf('.')
    const first = token.indexOf('.')
    if (!check(token.slice(0, second), Buffer.from(token.slice(second + 1), 'base64url')))
      return false
    const claims = JSON.parse(Buffer.from(token.slice(first + 1, second), 'base64url').toString())
    return claims.iss === ISSUER && claims.aud === AUDIENCE && claims.exp > Date.now() / 1000
  })
}

function primitive(algorithm: string, keys: Keys): (input: string, signature: Buffer) => boolean {
  const key = keys.verify
  if (!(key instanceof KeyObject)) {
    const secret = createSecretKey(key)
    return (input, signature) =>
      timingSafeEqual(createHmac('sha256', secret).update(input).digest(), signature)
  }
  if (algorithm === 'EdDSA')
    return (input, signature) => verify(null, Buffer.from(input), key, signature)
  if (algorithm === 'RS256')
    return (input, signature) => verify('sha256', Buffer.from(input), key, signature)
  return (input, signature) => verify('sha256', Buffer.from(input), key, toDer(signature))
}

/** P1363 to DER by hand: on Node 24 the `dsaEncoding` option costs half a verification. */
function toDer(signature: Buffer): Buffer {
  const integer = (part: Buffer): Buffer => {
    let at = 0
    while (at < 31 && part[at] === 0) at += 1
    const body = part.subarray(at)
    const pad = (body[0] ?? 0) > 127 ? [0] : []
    return Buffer.concat([Buffer.from([2, body.length + pad.length, ...pad]), body])
  }
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

async function ours(algorithm: string, keys: Keys, tokens: readonly string[]): Promise<Contender> {
  return each('countersign', tokens, await verifierFor(algorithm, keys, 'uncached'))
}

/** jose works on the thread pool: alone it pays the way there for each token, in a batch it shares. */
async function joseContender(
  algorithm: string,
  keys: Keys,
  { tokens, batch }: { readonly tokens: readonly string[]; readonly batch: number },
): Promise<Contender> {
  const key =
    keys.verify instanceof KeyObject
      ? await importJWK(
          {
            ...keys.verify.export({ format: 'jwk' }),
            kty: keys.verify.export({ format: 'jwk' }).kty ?? '',
          },
          algorithm,
        )
      : keys.verify
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm], typ: 'at+jwt' }
  let at = 0
  return {
    name: `jose, ${batch} at a time`,
    async run(count) {
      for (let done = 0; done < count; done += batch) {
        const next = Array.from(
          { length: Math.min(batch, count - done) },
          () => tokens[(at += 1) % TOKENS] ?? '',
        )
        await Promise.all(next.map((token) => jwtVerify(token, key, options)))
      }
    },
  }
}

function fastJwt(algorithm: string, keys: Keys, tokens: readonly string[]): Contender {
  const check = createVerifier({
    key: pem(keys),
    // fast-jwt names algorithms as JWS does; its type lists them one by one.
    algorithms: [algorithm as 'ES256'],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache: false,
  })
  return each('fast-jwt, cache off', tokens, (token) => check(token).iss === ISSUER)
}

function jsonwebtokenContender(
  algorithm: string,
  keys: Keys,
  tokens: readonly string[],
): Contender {
  const key = keys.verify instanceof KeyObject ? keys.verify : createSecretKey(keys.verify)
  // The same: the type lists algorithm names one by one.
  const algorithms = [algorithm as 'ES256']
  return each('jsonwebtoken', tokens, (token) => {
    const claims = jsonwebtoken.verify(token, key, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms,
    })
    return typeof claims === 'object'
  })
}

function pem(keys: Keys): string | Buffer {
  if (!(keys.verify instanceof KeyObject)) return Buffer.from(keys.verify)
  return keys.verify.export({ type: 'spki', format: 'pem' }).toString()
}
