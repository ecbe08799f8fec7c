-- What a token that Rocket refused leads to. KEYS: token, the latest logins that refusals have caused, bar of the path. ARGV: the
-- sealed token that was refused, how many logins refusals may cause in how many ms.
if redis.call('EXISTS', KEYS[3]) == 1 then
  return 'barred'
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'renewed'
end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local first = redis.call('LINDEX', KEYS[2], ARGV[2] - 1)
if first and tonumber(first) > now - ARGV[3] then
  return 'spent'
end
redis.call('LPUSH', KEYS[2], string.format('%.0f', now))
redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[1])
return 'dropped'
