/** The client of a running authority. */
export { authority, type AuthorityClient, type DayKeyScope } from './authority.ts'
export type { AuthorityClientOptions, RemoteMethod } from './options.ts'
