-- Notes a purge. KEYS: purges. ARGV: age in microseconds after which a purge has nothing left to hit, channel, then a field
-- for each thing purged. Gives the time in microseconds.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
if redis.call('HLEN', KEYS[1]) > 1000 then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) < now - ARGV[1] then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
local stamp = string.format('%.0f', now)
for i = 3, #ARGV do
  redis.call('HSET', KEYS[1], ARGV[i], stamp)
end
redis.call('HSET', KEYS[1], 'latest', stamp)
redis.call('PUBLISH', ARGV[2], 'purge ' .. stamp)
return now
