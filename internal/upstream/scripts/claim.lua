-- What is there for a replica that needs a token. KEYS: token, lease, failure. ARGV: the sealed token that it holds, or "", owner,
-- lifetime of a lease in ms. Gives the outcome, a text, and milliseconds.
local token = redis.call('GET', KEYS[1])
if token and token ~= ARGV[1] then
  return {'token', token, redis.call('PTTL', KEYS[1])}
end
local failure = redis.call('HMGET', KEYS[3], 'until', 'note')
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if failure[1] and tonumber(failure[1]) > now then
  return {'failed', failure[2], tonumber(failure[1]) - now}
end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then
  return {'granted', '', 0}
end
return {'taken', '', 0}
