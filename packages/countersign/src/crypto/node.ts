import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { MacKey } from './seam.ts'

/** See {@link HashSeam.sha256}. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

interface NodeMacKey extends MacKey {
  readonly object: KeyObject
}

/** See {@link HashSeam.macKey}. */
export const macKey = (secret: Uint8Array): MacKey => {
  const key: NodeMacKey = { kind: 'mac', object: createSecretKey(secret) }
  return key
}

/** See {@link HashSeam.hmacSha256}. */
export const hmacSha256 = (key: MacKey, text: string): string =>
  // Only macKey of this file makes MacKeys on this runtime.
  createHmac('sha256', (key as NodeMacKey).object)
    .update(text)
    .digest('base64url')
