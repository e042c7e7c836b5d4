import type { LimitStore } from 'countersign'
import { withFailover, type FailureMode } from './failover.ts'
import { SlicedLimits } from './slices.ts'

/**
 * The limits of an authority: counted by all processes on the store together, except where a limit
 * says otherwise for itself.
 */
export const sharedLimits = (
  store: LimitStore,
  onFailure: (mode: FailureMode) => void,
): LimitStore => withFailover(new SlicedLimits(store), { onFailure })
