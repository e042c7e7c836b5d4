/** What the tests of this folder share. */
import {
  mintTestCertificate,
  type TestCertificate,
  type TestCertificateOptions,
} from '../../testing/mint-certificate.ts'

export {
  TEST_PROOF as PROOF,
  TEST_SPIFFE_ID as BILLING,
  testIdentify as identify,
  testProxy as proxyOf,
} from '../../testing/mtls-desk.ts'

export const NOW = 1_700_000_000
const DAY = 86_400

export const byteSequence = (der: Uint8Array): string => `:${Buffer.from(der).toString('base64')}:`

/** Valid around {@link NOW}. */
export const mint = (options: TestCertificateOptions): Promise<TestCertificate> =>
  mintTestCertificate({ notBefore: NOW - DAY, notAfter: NOW + DAY, ...options })

export const root = (
  name: string,
  options: TestCertificateOptions = {},
): Promise<TestCertificate> => mint({ name, ca: true, ...options })
