import type { ResolvedConfig } from '@countersign/server/config'
import type { Call } from '../command.ts'

export interface OpenAuthority {
  readonly issuer: string
  fetch(request: Request): Response | Promise<Response>
}
export async function openAuthority(config: ResolvedConfig, call: Call): Promise<OpenAuthority> {
  throw new Error('not yet ' + config.data + call.folder)
}
