-- Shares a new token. KEYS: token, lease, failure. ARGV: owner, sealed token, lifetime in ms, channel, message. What a holder got who
-- was away so long that another one logs in is not taken.
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
