/** What the attack tables have in common: the keys they use, and how a request is signed. */
import type { Secret } from '../../core/secret.ts'
import type { SignedParts } from './attack-edits.ts'
import { signSigV4, type SigV4Request, type SigV4Signer } from './sign.ts'

/** An access key that attacks are made with. */
export interface SigV4AttackKey {
  readonly accessKeyId: string
  readonly secret: Secret
  readonly sessionToken?: Secret
}

/** What the attacks are made of. */
export interface SigV4AttackMaterial {
  readonly region: string
  readonly service: string
  /** Seconds since the epoch, by the guard's clock. */
  readonly now: number
  /** The `Host` that requests are signed for, and sent with. */
  readonly authority: string
  readonly keys: Readonly<
    Record<
      'good' | 'revoked' | 'expired' | 'notYetValid' | 'elsewhere' | 'bound' | 'temporary',
      SigV4AttackKey
    >
  >
}

/** Signs as the owner of a key would. */
export const signerOf = (
  { region, service, now, keys }: SigV4AttackMaterial,
  key: SigV4AttackKey = keys.good,
): SigV4Signer & { readonly service: string } => ({
  accessKeyId: key.accessKeyId,
  key: { secret: key.secret },
  region,
  service,
  now,
  ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
})

/** The path that every attack is about; what differs is its query. */
export const ATTACKED_PATH = '/orders'

/** Signs a request to `target`, as its owner would. */
export async function signParts(
  material: SigV4AttackMaterial,
  request: Partial<Omit<SigV4Request, 'url'>> & { readonly target?: string } = {},
  signer: Partial<SigV4Signer> = {},
): Promise<SignedParts> {
  const { method = 'GET', target = ATTACKED_PATH, headers = [], ...rest } = request
  const { authority } = material
  const url = `https://${authority}${target}`
  const fields = await signSigV4(
    { method, url, headers, ...rest },
    { ...signerOf(material), ...signer },
  )
  return { method, target, authority, headers: [...headers, ...fields], ...rest }
}
