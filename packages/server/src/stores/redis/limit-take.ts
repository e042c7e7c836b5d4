import { scriptOf } from './script.ts'

/**
 * One decision about several limits, by the server's time: what the library's counters do. Keys are
 * the counters; values are whether to charge, then slot, algorithm, limit, window, burst and cost of each demand. Answers the
 * time, then 1 or 0 for each demand, then three numbers for each counter.
 */
export const LIMIT_TAKE = scriptOf(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = ARGV[1] == '1'
local at, current, previous, ends = {}, {}, {}, {}
for slot, saved in ipairs(redis.call('MGET', unpack(KEYS))) do
  at[slot], current[slot], previous[slot], ends[slot] = 0, 0, 0, 0
  if saved then
    local a, c, p = string.match(saved, '^(%d+) (%d+) (%d+)$')
    at[slot], current[slot], previous[slot] = tonumber(a), tonumber(c), tonumber(p)
  end
end
local DAY = 86400000
local function period(t, window)
  local day = math.floor(t / DAY)
  if window <= DAY then return day * DAY end
  local z = day + 719468
  local doe = z % 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local month = math.floor((5 * doy + 2) / 153)
  return (day - (doy - math.floor((153 * month + 2) / 5))) * DAY
end
local answer, charged, allowed = { now }, {}, true
for i = 2, #ARGV, 6 do
  local slot, algorithm = tonumber(ARGV[i]), ARGV[i + 1]
  local limit, window = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local burst, cost = tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
  local t = math.max(now, at[slot])
  local fits, units = false, cost
  if algorithm == 'gcra' then
    current[slot] = math.max(0, current[slot] - (t - at[slot]) * limit)
    at[slot] = t
    units = cost * window
    fits = current[slot] + units <= burst * window
  elseif algorithm == 'calendar' then
    local start = period(t, window)
    if start > at[slot] then at[slot], current[slot] = start, 0 end
    fits = current[slot] + cost <= limit
  else
    local passed = math.floor((t - at[slot]) / window)
    if passed >= 1 then
      previous[slot] = passed == 1 and current[slot] or 0
      at[slot], current[slot] = math.floor(t / window) * window, 0
    end
    fits = previous[slot] * (window - (t - at[slot])) + (current[slot] + cost) * window <= limit * window
  end
  if fits then
    current[slot] = current[slot] + units
    charged[#charged + 1] = { slot, units }
  end
  ends[slot] = math.max(ends[slot], at[slot] + 2 * window)
  allowed = allowed and fits
  answer[#answer + 1] = fits and 1 or 0
end
if not (allowed and keep) then
  for _, charge in ipairs(charged) do
    current[charge[1]] = math.max(0, current[charge[1]] - charge[2])
  end
end
for slot, key in ipairs(KEYS) do
  if allowed and keep then
    local value = string.format('%.0f %.0f %.0f', at[slot], current[slot], previous[slot])
    redis.call('SET', key, value, 'PX', string.format('%.0f', math.max(1, ends[slot] - now)))
  end
  answer[#answer + 1] = at[slot]
  answer[#answer + 1] = current[slot]
  answer[#answer + 1] = previous[slot]
end
return answer
`)
