import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secret } from 'countersign'
import { WorkPool } from './work-pool.ts'

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane; about 30 ms. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const SALT_BYTES = 16

/** Two threads of the four of libuv: files and signatures keep theirs. */
const pool = new WorkPool('password-pool', { concurrency: 2, maxWaiting: 64 })

/** PHC string format; parameters are bounded so that a planted row cannot exhaust the memory. */
const ENCODED =
  /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,88})$/

/** An unknown user is compared with this: nothing hashes to it, and the work is the same. */
const NOBODY = encode(PARAMETERS, randomBytes(SALT_BYTES), randomBytes(PARAMETERS.tagLength))

interface Parameters {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}

/**
 * Hashes a password for storage: Argon2id, PHC string with its parameters, random salt.
 *
 * @throws UnavailableError when the pool's queue is full.
 * @see [RFC 9106 §4](https://www.rfc-editor.org/rfc/rfc9106#section-4) parameter choice
 */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const tag = await derive(password, salt, PARAMETERS)
  return encode(PARAMETERS, salt, tag)
}

/**
 * Reports whether a password fits an encoded hash.
 *
 * @param encoded - Undefined for an unknown user: the same work is done and the answer is false.
 * @throws UnavailableError when the pool's queue is full.
 */
export async function matchesPassword(
  password: Secret,
  encoded: string | undefined,
): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', tag = ''] = ENCODED.exec(encoded ?? NOBODY) ?? []
  const expected = Buffer.from(tag, 'base64')
  if (expected.length === 0) return false
  const actual = await derive(password, Buffer.from(salt, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(actual, expected) && encoded !== undefined
}

/** NFC, so that the same password typed on two systems is the same (RFC 8265 §4.2.2). */
function derive(password: Secret, salt: Uint8Array, parameters: Parameters): Promise<Buffer> {
  const message = Buffer.from(password.reveal().normalize('NFC'))
  return pool.run(
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', { ...parameters, message, nonce: salt }, (error, tag) => {
          if (error === null) resolve(tag)
          else reject(error)
        })
      }),
  )
}

function encode({ memory, passes, parallelism }: Parameters, salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

/** Base64 without padding, as the PHC format has it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
