-- Ends a lease with a note for those who wait, behind its stamp. KEYS: lease, failure. ARGV: owner, note, lifetime in ms,
-- channel, message, stamp that has been seen.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local t = redis.call('TIME')
local stamp = math.max(t[1] * 1000000 + t[2], ARGV[6] + 1)
redis.call('SET', KEYS[2], string.format('%.0f', stamp) .. ' ' .. ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
