/** Contracts for implementers, as `node:test` suites: hold your own method or adapter to them. */
export { adapterContract, type Route, type Serve } from './adapter-contract.ts'
export { methodContract, type MethodSubject } from './method-contract.ts'
