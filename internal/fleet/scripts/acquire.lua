-- Acquires the lease of an execution. KEYS: value, lease, failure. ARGV: the lease to set, its lifetime in ms, the size of a head, the
-- head of the value that is known, the lease to replace ("": none), the id of the failure that is over ("": none), channel, the message to a
-- holder in the background if the caller is not. Returns the outcome, the value's head, the lease and the failure that are in Redis, and
-- the lifetime left of the failure in ms. Keys of a wrong type are deleted: no replica can use them.
local function read(command, key, ...)
  local got = redis.pcall(command, key, ...)
  if type(got) ~= 'table' then
    return got
  end
  if string.find(got.err, 'WRONGTYPE', 1, true) then
    redis.call('DEL', key)
  end
  return redis.call(command, key, ...)
end
local head = read('GETRANGE', KEYS[1], 0, ARGV[3] - 1)
local lease = read('GET', KEYS[2]) or ''
if head ~= '' and head ~= ARGV[4] then
  return {'news', head, lease, '', 0}
end
local failure = read('GET', KEYS[3])
if failure and string.match(failure, '^%S+') ~= ARGV[6] then
  return {'failed', head, lease, failure, redis.call('PTTL', KEYS[3])}
end
if lease ~= ARGV[5] then
  if string.find(lease, ' background ', 1, true) and string.find(ARGV[1], ' foreground ', 1, true) then
    redis.call('PUBLISH', ARGV[7], ARGV[8])
  end
  return {'taken', head, lease, '', 0}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'granted', head, ARGV[1], '', 0}
