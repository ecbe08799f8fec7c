-- What every replica reads every second. KEYS: record of purges. ARGV: the order of now by the replica's clock, the digest of the record that
-- it read last or "", the most bytes of changes. Returns the time, the order of now, both in microseconds, and the digest of the record, "" if
-- there is none. If that is another one, the digest that the replica read, the ids of the writes since, the epochs, and the names that those
-- wrote, each before its purge; or, if not all of these writes have their changes, "", the ids of all writes, the epochs, and all names.
-- If Redis's clock is behind the replica's order, it was set back, and by how much is kept for all replicas.
local key = KEYS[1]
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local record = redis.call('HMGET', key, 'lag', 'lineage', 'epochs', 'digest')
local lag, lineage = tonumber(record[1] or '') or 0, record[2] or ''
local mine = tonumber(ARGV[1])
if mine > now + lag + 10000 then
  lag = mine - now
  redis.pcall('HSET', key, 'lag', string.format('%.0f', lag))
end
local newest = string.sub(lineage, 1, 16)
local digest, last, writes = string.match(record[4] or '', '(%x+) (%x+) (%d+)')
if last ~= newest then -- a version that knows no digests wrote last
  digest, writes = newest, 0
end
if digest == ARGV[2] and digest ~= '' then
  return {now, now + lag, digest}
end
local since, count, size, names, fields = digest, 0, 0, {}, {}
while since ~= ARGV[2] or since == '' do
  local change = redis.call('HGET', key, 'change ' .. string.format('%.0f', writes - count)) or ''
  size = size + #change
  if change == '' or size > tonumber(ARGV[3]) then
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      if string.sub(all[i], 2, 2) == ' ' then
        fields[#fields + 1], fields[#fields + 2] = all[i], all[i + 1]
      end
    end
    return {now, now + lag, digest, '', lineage, record[3] or '', fields}
  end
  since, count = string.sub(change, 1, 16), count + 1
  for name in string.gmatch(string.sub(change, 17), '[^\n]+') do
    names[#names + 1] = name
  end
end
if #names > 0 then
  local values = redis.call('HMGET', key, unpack(names))
  for i, name in ipairs(names) do
    fields[2 * i - 1], fields[2 * i] = name, values[i]
  end
end
return {now, now + lag, digest, since, string.sub(lineage, 1, 16 * count), record[3] or '', fields}
