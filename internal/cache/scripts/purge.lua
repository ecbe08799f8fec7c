-- Adds purges to the record, once for each write. KEYS: record. ARGV: id of this write, ids of lost writes or "", the most ids of writes,
-- epochs, the most epochs, channel, message, the most names, the ids of a soft and a hard purge of everything, then for each purge its name
-- behind its mode, the id that it follows, its id, another id, and its time in ms. If the name has been purged by another replica since,
-- the other id is taken, since either purge may have come after a fetch that knows the other one. Beyond the most names, the half that was
-- purged longest ago becomes one purge of everything.
local key = KEYS[1]
local lineage = redis.call('HGET', key, 'lineage') or ''
if string.find(lineage, ARGV[1], 1, true) then
  return 0
end
for i = 11, #ARGV, 5 do
  local there = redis.call('HGET', key, ARGV[i])
  local id = there and string.sub(there, 1, 16)
  local mine = ARGV[i + 2]
  if id and id ~= ARGV[i + 1] and id ~= mine then
    mine = ARGV[i + 3]
  end
  redis.call('HSET', key, ARGV[i], mine .. ' ' .. ARGV[i + 4])
end
if redis.call('HLEN', key) > tonumber(ARGV[8]) then
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
local epochs = redis.call('HGET', key, 'epochs') or ''
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
redis.call('HSET', key, 'epochs', epochs, 'lineage', string.sub(ARGV[1] .. lost .. lineage, 1, ARGV[3] * 16))
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
