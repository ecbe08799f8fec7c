-- What every replica asks every second. KEYS: purges. ARGV: stamp that has been seen. Gives the purges' version, and the time in
-- microseconds. Where that is behind what has been seen, after a failover, the purges to come are told so.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local seen = tonumber(ARGV[1])
if seen > now and seen > tonumber(redis.call('HGET', KEYS[1], 'floor') or '0') then
  redis.pcall('HSET', KEYS[1], 'floor', ARGV[1])
end
return {redis.call('HGET', KEYS[1], 'version') or '0', now}
