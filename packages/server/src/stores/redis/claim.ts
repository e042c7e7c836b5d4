import { scriptOf } from './script.ts'

/**
 * Claims a use. Keys: the memory's own record, the use. Values: what the fence is compared with
 * (seconds), when the use expires and the node's time (milliseconds). The record is missing on a
 * server that was emptied.
 *
 * A use is kept by the slower of the two clocks: it must not be forgotten while a node would accept it.
 */
export const CLAIM = scriptOf(`
local fence = redis.call('HGET', KEYS[1], 'fence')
if not fence then return 'lost' end
if not (tonumber(ARGV[1]) > tonumber(fence)) then return 'fenced' end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = math.max(ARGV[2] - ARGV[3], ARGV[2] - now, 1000)
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', string.format('%.0f', math.ceil(ttl))) then
  return 'claimed'
end
return 'replayed'
`)

/** Whose memory a record speaks of: another run of the server may have forgotten uses. */
const RUN = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local record = redis.call('HMGET', KEYS[1], 'run', 'fence')
`

/** Answers 1 when the record is of this run of the server: nothing was forgotten since it was made. */
export const REMEMBERS = scriptOf(`${RUN}
return (record[1] == run and record[2]) and 1 or 0
`)

/**
 * Begins the memory anew, if it is not of this run: what was signed before now, and before the given
 * second, is fenced. A fence never falls.
 */
export const BEGIN = scriptOf(`${RUN}
if record[1] == run and record[2] then return 0 end
local now = redis.call('TIME')[1] + 1
local fence = math.max(now, tonumber(ARGV[1]), tonumber(record[2] or 0))
redis.call('HSET', KEYS[1], 'run', run, 'fence', string.format('%.0f', fence))
return 1
`)

/** Raises the fence; it never falls. */
export const RAISE = scriptOf(`
local fence = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0)
if tonumber(ARGV[1]) > fence then redis.call('HSET', KEYS[1], 'fence', ARGV[1]) end
return 1
`)
