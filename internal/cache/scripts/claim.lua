-- Claims the right to fetch. KEYS: lease, entry. ARGV: owner, lifetime in ms, start stamp that an entry must exceed to be
-- news. Gives what became of the claim, and the time in microseconds.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
if redis.call('GETRANGE', KEYS[2], 4, 11) > ARGV[3] then
  return {'news', now}
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return {'granted', now}
end
return {'taken', now}
