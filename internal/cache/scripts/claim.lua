-- Claims the right to fetch. KEYS: lease, entry. ARGV: owner, lifetime in ms, start stamp that an entry must exceed to be
-- news, stamp that has been seen. Gives what became of the claim, its stamp, the time in microseconds, the entry's start stamp,
-- and the owner of the lease. The stamp is the time, but always later than what has been seen: after a failover the clock may
-- be behind.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local stamp = math.max(now, ARGV[4] + 1)
local start = redis.call('GETRANGE', KEYS[2], 4, 11)
if start > ARGV[3] then
  return {'news', stamp, now, start, ''}
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return {'granted', stamp, now, start, ARGV[1]}
end
return {'taken', stamp, now, start, redis.call('GET', KEYS[1])}
