import { Secret } from '../core/secret.ts'
import { peppers, type Peppers } from '../crypto/generated-secret.ts'

/** The peppers of every credential minted for tests. Published here, so good for nothing else. */
export const TEST_PEPPERS: Peppers = peppers(new Map([[1, new Secret('test-pepper'.repeat(4))]]))
