-- What every replica asks every second. KEYS: purges. ARGV: stamp that has been seen. Gives the purges' version, the time in
-- microseconds, and a stamp that some replica has seen. That one is kept where the time is behind it, after a failover.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local seen = tonumber(ARGV[1])
local floor = tonumber(redis.call('HGET', KEYS[1], 'floor') or '0')
if seen > now and seen > floor then
  redis.pcall('HSET', KEYS[1], 'floor', ARGV[1])
end
return {redis.call('HGET', KEYS[1], 'version') or '0', now, floor}
