-- Notes a purge. KEYS: purges. ARGV: age in microseconds after which a purge has nothing left to hit, channel, the time in
-- microseconds that it is of, or "" for now, then a field for each thing purged.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
if redis.call('HLEN', KEYS[1]) > 1000 then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= 'version' and tonumber(all[i + 1]) < now - ARGV[1] then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
local stamp = ARGV[3]
if stamp == '' then stamp = string.format('%.0f', now) end
for i = 4, #ARGV do
  redis.call('HSET', KEYS[1], ARGV[i], stamp)
end
if tonumber(stamp) > tonumber(redis.call('HGET', KEYS[1], 'latest') or '0') then
  redis.call('HSET', KEYS[1], 'latest', stamp)
end
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('PUBLISH', ARGV[2], 'purge ' .. stamp)
return 1
