import type { LimitStore } from './limits.ts'
/** placeholder */
export const memoryLimits = (): LimitStore => ({
  take: () => ({ allowed: true, states: [] }),
  peek: () => ({ allowed: true, states: [] }),
})
