import type { AuthorityContext } from '../context.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'

/** Why an authority cannot work now; empty when it can. Names controls, never addresses or errors. */
export type Readiness = () => Promise<readonly string[]>

/** Makes the readiness check: the store answers, a key signs, the change feed is live. */
export function readiness(
  {
    store,
    signingKeys,
    revocations,
    clock,
  }: Pick<AuthorityContext, 'store' | 'signingKeys' | 'revocations' | 'clock'>,
  isClosing: () => boolean,
): Readiness {
  const keyLoaded = async (): Promise<boolean> =>
    (await signingKeys.jwks(DEFAULT_TENANT)).keys.length > 0
  return async () => {
    const [storeAnswers, keyReady] = await Promise.all([
      succeeds(store.ping()),
      keyLoaded().catch(() => false),
    ])
    const live = revocations.freshness(Math.floor(clock() / 1000)) === 'live'
    return [
      ...(isClosing() ? ['closing'] : []),
      ...(storeAnswers ? [] : ['store']),
      ...(keyReady ? [] : ['signing-keys']),
      ...(live ? [] : ['feed']),
    ]
  }
}

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )
