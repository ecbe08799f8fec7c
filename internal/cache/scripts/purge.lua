-- Adds purges to the record, once for each write. KEYS: record. ARGV: id of this write, ids of lost writes or "", the most ids of writes,
-- epochs, the most epochs, channel, message, the most fields, the ids of a soft and a hard purge of everything, the most changes, the most
-- bytes of one, then for each purge its name behind its mode, the id that it follows, its id, another id, and its time in ms. If the name
-- has been purged by another replica since, the other id is taken, since either purge may have come after a fetch that knows the other one.
-- Beyond the most fields, the half of the names that was purged longest ago becomes one purge of everything.
-- The change of a write is the digest of the record before it and the names that it wrote. A write that did more has none, and neither has
-- one of a version that knows no digests.
local key = KEYS[1]
local before = redis.call('HMGET', key, 'lineage', 'epochs', 'digest')
local lineage, epochs = before[1] or '', before[2] or ''
local digest, last, writes = string.match(before[3] or '', '(%x+) (%x+) (%d+)')
if string.find(lineage, ARGV[1], 1, true) then
  return 0
end
if last ~= string.sub(lineage, 1, 16) then
  digest = nil
end
local change = {digest or ''}
for i = 13, #ARGV, 5 do
  local there = redis.call('HGET', key, ARGV[i])
  local id = there and string.sub(there, 1, 16)
  local mine = ARGV[i + 2]
  if id and id ~= ARGV[i + 1] and id ~= mine then
    mine = ARGV[i + 3]
  end
  redis.call('HSET', key, ARGV[i], mine .. ' ' .. ARGV[i + 4])
  change[#change + 1] = ARGV[i]
end
local folds = redis.call('HLEN', key) > tonumber(ARGV[8])
if folds then
  local all, names, folded = redis.call('HGETALL', key), {}, {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 2, 2) == ' ' then
      names[#names + 1] = {all[i], tonumber(string.sub(all[i + 1], 18)) or 0}
    end
  end
  table.sort(names, function(a, b) return a[2] < b[2] end)
  for i = 1, math.floor(#names / 2) do
    folded[string.sub(names[i][1], 1, 2)] = names[i][2]
    redis.call('HDEL', key, names[i][1])
  end
  for mode, at in pairs(folded) do
    redis.call('HSET', key, mode .. 'all', (mode == 's ' and ARGV[9] or ARGV[10]) .. ' ' .. string.format('%.0f', at))
  end
end
for epoch in string.gmatch(ARGV[4], '%S+') do
  if not string.find(epochs, epoch, 1, true) then
    epochs = string.sub(epochs .. ' ' .. epoch, -ARGV[5] * 17)
  end
end
local lost = ''
for write in string.gmatch(ARGV[2], string.rep('%x', 16)) do
  if not string.find(lineage, write, 1, true) then
    lost = lost .. write
  end
end
change = table.concat(change, '\n')
writes = (writes or 0) + 1
if digest and not folds and lost == '' and #change <= tonumber(ARGV[12]) then
  redis.call('HSET', key, 'change ' .. string.format('%.0f', writes), change)
end
redis.call('HDEL', key, 'change ' .. string.format('%.0f', writes - ARGV[11]))
digest = string.sub(redis.sha1hex((digest or lineage) .. ARGV[1]), 1, 16)
redis.call('HSET', key, 'epochs', epochs, 'lineage', string.sub(ARGV[1] .. lost .. lineage, 1, ARGV[3] * 16),
  'digest', digest .. ' ' .. ARGV[1] .. ' ' .. string.format('%.0f', writes))
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
