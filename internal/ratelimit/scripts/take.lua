-- Takes requests of a caller's limit. KEYS: bucket. ARGV: the limit's requests, its time in microseconds, how many are taken.
-- Returns whether they were granted, and the bucket: microseconds since its start, requests taken since then. The arithmetic is
-- that of gcra.go; only a product beyond 2^53 is rounded, by less than a microsecond's worth, and never kept.
local most, per, n = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local start, used = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
start, used = math.min(tonumber(start) or now, now), tonumber(used) or 0
local turns = math.floor((now - start) / per)
start, used = start + turns * per, used - turns * most
local earned = math.floor((now - start) * most / per)
if used <= earned then
  start, used, earned = now, 0, 0
end
used = math.min(used, most + earned)
local granted = used + n <= most + earned
if granted then
  used = used + n
end
local life = math.ceil((used * per / most - (now - start)) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f %.0f', start, used), 'PX', life)
return {granted and 1 or 0, now - start, used}
