-- Notes a failed login. KEYS: lease, failure. ARGV: owner, note, shortest and longest pause in ms, the pause that Rocket asks for,
-- channel, message. The count of failures is forgotten some time after the pause.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local n = redis.call('HINCRBY', KEYS[2], 'n', 1)
local pause = math.max(math.min(ARGV[3] * 2 ^ math.min(n - 1, 20), ARGV[4]), ARGV[5])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[2], 'until', string.format('%.0f', now + pause), 'note', ARGV[2])
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', 2 * pause + ARGV[4]))
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
