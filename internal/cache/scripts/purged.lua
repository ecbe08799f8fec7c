-- What every replica reads every second. KEYS: record of purges. ARGV: the order of now by the replica's clock, size of the id of a write.
-- Returns the id of the record's last write, the time, and the order of now, both in microseconds. If Redis's clock is behind the replica's
-- order, it was set back, and by how much is kept for all replicas.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local lag = tonumber(redis.call('HGET', KEYS[1], 'lag') or '0')
local mine = tonumber(ARGV[1])
if mine > now + lag + 10000 then
  lag = mine - now
  redis.pcall('HSET', KEYS[1], 'lag', string.format('%.0f', lag))
end
return {string.sub(redis.call('HGET', KEYS[1], 'lineage') or '', 1, tonumber(ARGV[2])), now, now + lag}
