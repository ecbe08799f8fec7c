-- Ends a lease, with a value, a failure, or neither. KEYS: value, lease, failure. ARGV: owner, or "" for a value of a lease that has ended, the
-- head of the value when the lease was granted, channel, message, value, its lifetime in ms, failure, its lifetime in ms. Another's lease is
-- left alone, and if there is none, a value that was stored since. Returns 1 if the lease was the owner's, or there was none.
local lease = redis.call('GET', KEYS[2])
if lease and string.match(lease, '^%S+') ~= ARGV[1] then
  return 0
end
local head = redis.call('GETRANGE', KEYS[1], 0, math.max(#ARGV[2], 1) - 1)
if not lease and head ~= '' and head ~= ARGV[2] then
  return 0
end
if ARGV[5] ~= '' then
  redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6])
  if ARGV[1] ~= '' then
    redis.call('DEL', KEYS[3])
  end
end
if ARGV[7] ~= '' then
  redis.pcall('SET', KEYS[3], ARGV[7], 'PX', ARGV[8]) -- a Redis that is full still ends the lease
end
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
