-- Records purges. KEYS: purges. ARGV: age in microseconds after which a purge has nothing left to hit, channel, stamp that has
-- been seen, then for each thing purged its field and the stamp of the purge, or "" for now. Returns that of now. It is the time
-- in microseconds, but always later than what any replica has seen: after a failover the clock may be behind. None is ever
-- taken back. The version is one too: after a loss of Redis's data it comes to nothing that it was before. What has
-- nothing left to hit is removed once a minute.
local function get(field) return tonumber(redis.call('HGET', KEYS[1], field) or '0') end
local function set(field, value) redis.call('HSET', KEYS[1], field, string.format('%.0f', value)) end
local t = redis.call('TIME')
local now = math.max(t[1] * 1000000 + t[2], ARGV[3] + 1, get('floor') + 1)
if redis.call('HLEN', KEYS[1]) > 1000 and math.abs(now - get('swept')) > 60000000 then
  set('swept', now)
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= 'version' and tonumber(all[i + 1]) < now - ARGV[1] then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
local news = 0
for i = 4, #ARGV, 2 do
  local stamp = tonumber(ARGV[i + 1]) or now
  if stamp > get(ARGV[i]) then
    set(ARGV[i], stamp)
    news = math.max(news, stamp)
  end
end
if news > 0 then
  set('latest', math.max(news, get('latest')))
  set('version', math.max(now, get('version') + 1))
  redis.call('PUBLISH', ARGV[2], 'purge ' .. string.format('%.0f', news))
end
return now
