import type { LimitStore } from 'countersign'
import { codeAttempts, type CodeAttempts } from './attempts.ts'
import { pollPace, type PollPace } from './pace.ts'

/** What bounds devices and who types their codes. */
export interface DeviceLimits {
  readonly attempts: CodeAttempts
  readonly pace: PollPace
}

/** Makes the limits of an authority. */
export const deviceLimits = (store: LimitStore): DeviceLimits => ({
  attempts: codeAttempts(store),
  pace: pollPace(),
})
