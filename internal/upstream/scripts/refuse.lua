-- What becomes of a token that Rocket refused. KEYS: token, the latest logins that refusals have caused, when one did not help, bar of
-- the path. ARGV: the sealed token that was refused, whether it was good for the path before, whether for any (1 or 0), the pause
-- between logins that do not help in ms, how many logins refusals may cause in how many ms.
if ARGV[2] == '0' and ARGV[3] == '1' and redis.call('EXISTS', KEYS[4]) == 1 then
  return 'barred'
end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local futile = redis.call('GET', KEYS[3])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'renewed'
end
if ARGV[2] == '0' and futile and now - futile < tonumber(ARGV[4]) then
  return 'spent'
end
local first = redis.call('LINDEX', KEYS[2], ARGV[5] - 1)
if first and tonumber(first) > now - ARGV[6] then
  return 'spent'
end
redis.call('LPUSH', KEYS[2], string.format('%.0f', now))
redis.call('LTRIM', KEYS[2], 0, ARGV[5] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('DEL', KEYS[1])
return 'dropped'
