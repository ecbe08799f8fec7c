-- Stores what a fetch brought and ends its lease. Somebody else's lease, or an entry whose fetch began later, is left alone.
-- KEYS: lease, entry, failure. ARGV: owner, value, lifetime in ms, channel, message.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return 0
end
local stored = 0
if redis.call('GETRANGE', KEYS[2], 4, 11) < string.sub(ARGV[2], 5, 12) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  stored = 1
end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return stored
