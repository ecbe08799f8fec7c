-- Returns when what a filter leaves of an entry was first seen. KEYS: records. ARGV: filter, record, lifetime in ms, most records. A
-- record is the start stamp of the entry's fetch, the sum of what is left, and the time, which is that of the record in Redis if the sum
-- is the same. A record of a later fetch is left alone. Beyond the bound, the record of the earliest fetch goes. A Redis that takes no
-- writes still returns what it has.
local mine = ARGV[2]
local first = string.sub(mine, 41)
local there = redis.call('HGET', KEYS[1], ARGV[1])
if there and string.sub(there, 9, 40) == string.sub(mine, 9, 40) then
  first = string.sub(there, 41)
end
if there and string.sub(there, 1, 8) > string.sub(mine, 1, 8) then
  return first
end
if not there and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  local all, oldest = redis.call('HGETALL', KEYS[1]), 1
  for i = 3, #all, 2 do
    if all[i + 1] < all[oldest + 1] then oldest = i end
  end
  redis.pcall('HDEL', KEYS[1], all[oldest])
end
redis.pcall('HSET', KEYS[1], ARGV[1], string.sub(mine, 1, 40) .. first)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.pcall('PEXPIRE', KEYS[1], ARGV[3])
end
return first
