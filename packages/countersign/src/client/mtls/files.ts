import { readFile, stat } from 'node:fs/promises'
import { systemClock, toSeconds, type Clock } from '../../core/clock.ts'
import { UnavailableError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { CertificateSource, KeyAndCertificate } from './certificate.ts'
import { readPair, readPem } from './pem.ts'
import { Renewal, warn, type Supply } from './renewal.ts'

/** Files that something else renews. All of them PEM. */
export interface CertificateFilesOptions {
  /** The certificate, then the authorities between it and the root. */
  readonly cert: string
  /** PKCS #8, or any form that Node reads without a passphrase. */
  readonly key: string
  /** The authorities that are believed. */
  readonly ca: string
  /** How often to look. @defaultValue 10 */
  readonly intervalSeconds?: number
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Hears of every failure. @defaultValue a warning of the process */
  readonly onError?: (error: Error) => void
}

/**
 * Reads a certificate from files, and again after they changed. A pair that is half written is not
 * taken: the key has to be the key of the certificate, and its time must be now. What is wrong
 * changes nothing.
 *
 * Does not check who issued it: `ca` is about the other side.
 */
export function certificateFiles(options: CertificateFilesOptions): CertificateSource {
  const { clock = systemClock, onError = warn } = options
  return new Renewal(new FileSupply(options, clock), { clock, onError })
}

/** Seconds until the next look. */
const INTERVAL_SECONDS = 10

class FileSupply implements Supply {
  readonly #options: CertificateFilesOptions
  readonly #clock: Clock
  #seen = ''

  constructor(options: CertificateFilesOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  dueAt(): number {
    return this.#clock() + (this.#options.intervalSeconds ?? INTERVAL_SECONDS) * 1000
  }

  async obtain(held: KeyAndCertificate | undefined): Promise<KeyAndCertificate> {
    const { cert, key, ca } = this.#options
    const paths = [cert, key, ca] as const
    // Taken before reading: a change in between is seen at the next look.
    const seen = (await Promise.all(paths.map(stampOf))).join()
    if (held !== undefined && seen === this.#seen) return held
    const taken = await this.#read(paths)
    this.#seen = seen
    return taken
  }

  async #read(paths: readonly [string, string, string]): Promise<KeyAndCertificate> {
    const [cert = '', key = '', ca = ''] = await Promise.all(
      paths.map((path) => readFile(path, 'utf8')),
    )
    if ((readPem(ca) ?? []).length === 0) {
      throw new UnavailableError('certificate', 'certificateFiles: ca holds no certificate')
    }
    const pair = readPair(cert, key, toSeconds(this.#clock()))
    if (!pair.ok) throw new UnavailableError('certificate', `certificateFiles: ${pair.error}`)
    return { ...pair.value, cert, key: new Secret(key), ca }
  }
}

/** What changes with a file; a new file of the same time has another number. */
async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path)
  return `${mtimeMs}:${size}:${ino}`
}
