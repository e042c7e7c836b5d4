/** For callers and servers on Node: a client certificate that renews itself. */
export { mtlsAgent, type MtlsAgentOptions } from './agent.ts'
export type { CertificateSource, KeyAndCertificate } from './certificate.ts'
export { certificateFiles, type CertificateFilesOptions } from './files.ts'
export { mtls, type FixedCertificate } from './mtls.ts'
export { keepServerCertificate, type ServerCertificateOptions } from './server.ts'
export { certificateSource, type CertificateSourceOptions } from './source.ts'
export { fileStore, type CertificateStore, type StoredCertificate } from './store.ts'
