-- The generic cell rate algorithm: of a client one number is kept, the time at which all of its
-- points are there again. By the server's own clock, because those of the instances differ.
-- KEYS[1] the client; ARGV: microseconds per point, points at most, points needed, points wanted.
-- Gives the points granted (0: refused), those left, microseconds until all are there again, and
-- microseconds until the needed ones are.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local need, want = tonumber(ARGV[3]), tonumber(ARGV[4])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local free = math.floor((now + most * interval - full) / interval + 0.000001)
if free < need then
    return {0, math.max(free, 0), math.ceil(full - now), math.ceil(full + need * interval - most * interval - now)}
end
local granted = math.min(want, free)
full = full + granted * interval
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.max(1, math.ceil((full - now) / 1000)))
return {granted, free - granted, math.ceil(full - now), 0}
