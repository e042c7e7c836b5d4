/** Where documents that clients name may be fetched from. */
export interface Outbound {
  readonly allowPrivateHosts: readonly string[]
  /** Over `http:`, to the private hosts only. */
  readonly allowHttp: boolean
}
