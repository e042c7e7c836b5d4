/** Basic authentication: verify it. Writing the header is in `countersign/basic/sign`. */
export { parseBasic, type BasicCredentials } from './format.ts'
export type { BasicAnswer, BasicSource } from './source.ts'
export { basic, type BasicOptions } from './verify.ts'
