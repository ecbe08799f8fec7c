-- Notes that a new token did not help. KEYS: when one did not help, bar of the path. ARGV: lifetime of the bar in ms.
local t = redis.call('TIME')
redis.call('SET', KEYS[1], string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)), 'PX', ARGV[1])
redis.call('SET', KEYS[2], '', 'PX', ARGV[1])
return 1
