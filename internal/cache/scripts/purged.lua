-- What every replica reads every second. KEYS: record of purges. ARGV: the order of now by the replica's clock, size of the id of a write.
-- Returns the id of the record's last write, the time in microseconds, and the latest order. If Redis's clock is behind the order, it was
-- set back, and the order is kept for the other replicas.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local order = tonumber(redis.call('HGET', KEYS[1], 'order') or '0')
local mine = tonumber(ARGV[1])
if mine > now + 10000 and mine > order then
  redis.pcall('HSET', KEYS[1], 'order', ARGV[1])
end
return {string.sub(redis.call('HGET', KEYS[1], 'lineage') or '', 1, tonumber(ARGV[2])), now, order}
