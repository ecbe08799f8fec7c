-- Renews a lease, or takes it again if it is lost and no value was stored since. KEYS: value, lease. ARGV: owner, the lease to set,
-- its lifetime in ms, the head of the value when the lease was granted. Returns 1 if the lease is the owner's.
local lease = redis.call('GET', KEYS[2])
if lease and string.match(lease, '^%S+') ~= ARGV[1] then
  return 0
end
local head = redis.call('GETRANGE', KEYS[1], 0, math.max(#ARGV[4], 1) - 1)
if not lease and head ~= '' and head ~= ARGV[4] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
