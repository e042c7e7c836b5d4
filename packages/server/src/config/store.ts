import { resolve as resolvePath } from 'node:path'
import { Secret } from 'countersign'

/** Where everything is stored. The URL of a server may hold a password. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      readonly url: Secret
      /** Allows a connection across a network that proves nothing about the server. */
      readonly allowUnverified: boolean
    }

/** A server for limits and single uses. The URL may hold a password. */
export interface RedisLocation {
  readonly url: Secret
  readonly allowUnverified: boolean
}

/** What the configuration says of the store, and where it starts from. */
export interface StoreSetting {
  readonly store: string | undefined
  readonly allowUnverified: boolean
  /** Where relative paths start. */
  readonly folder: string
  /** The data folder: where the database is by default. */
  readonly data: string
}

/** Reads the `store` of a configuration, which the schema has checked. */
export function resolveStore({
  store,
  allowUnverified,
  folder,
  data,
}: StoreSetting): StoreLocation {
  if (store === undefined) return { kind: 'sqlite', path: `${data}/countersign.db` }
  if (!store.startsWith('sqlite:')) {
    return { kind: 'postgres', url: new Secret(store), allowUnverified }
  }
  return { kind: 'sqlite', path: resolvePath(folder, store.slice('sqlite:'.length)) }
}
