/** What does an API key cost per request? 100,000 keys in memory, against better-auth on SQLite. */
import { hash } from 'node:crypto'
import { betterAuthKeys } from './lib/better-auth.ts'
import { compare, type Contender } from './lib/compare.ts'
import { apiKeyVerifier } from './lib/desk.ts'
import { report } from './lib/report.ts'

const BASE = 'bare: SHA-256 → Map + expiry'
const KEYS = 100_000

const own = await apiKeyVerifier(KEYS)
const peer = await betterAuthKeys(200)
const expiry = Date.now() + 3_600_000
const digests = new Map(own.keys.map((key) => [hash('sha256', key), { expiry }]))

// Every key once, so that every lease is there before anything is timed.
for (const key of own.keys) if (!own.verify(key)) throw new Error('refused a good key')

const rows = await compare(
  [
    each(BASE, own.keys, (key) => (digests.get(hash('sha256', key))?.expiry ?? 0) > Date.now()),
    each('countersign guard, lease in memory', own.keys, own.verify),
    each('countersign guard, local store, no lease', own.keys, own.verifyUnleased),
    eachAsync('better-auth verifyApiKey, SQLite, limits off', peer.keys, peer.verify),
  ],
  { base: BASE },
)
report('api-key', [{ title: `API key, ${KEYS.toLocaleString('en')} keys`, base: BASE, rows }])

function each(name: string, keys: readonly string[], check: (key: string) => boolean): Contender {
  const bytes = keys.map((key) => Buffer.from(key, 'latin1'))
  let at = 0
  return {
    name,
    run(count) {
      for (let done = 0; done < count; done += 1) {
        if (!check(bytes[(at += 1) % bytes.length]?.latin1Slice() ?? ''))
          throw new Error(`${name} refused a good key`)
      }
    },
  }
}

function eachAsync(
  name: string,
  keys: readonly string[],
  check: (key: string) => Promise<boolean>,
): Contender {
  let at = 0
  return {
    name,
    async run(count) {
      for (let done = 0; done < count; done += 1) {
        if (!(await check(keys[(at += 1) % keys.length] ?? '')))
          throw new Error(`${name} refused a good key`)
      }
    },
  }
}
