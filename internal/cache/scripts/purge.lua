-- Adds purges to the record. KEYS: record. ARGV: id of this write, lineage of a record that was lost or "", epochs, channel, message, the
-- most names, the ids of a soft and a hard purge of everything, then for each purge its name behind its mode, the id that it follows,
-- its id, another id, and its time in ms. If the name has been purged by another replica since, the other id is taken, since
-- either purge may have come after a fetch that knows the other one. Beyond the most names, the half that was purged longest ago becomes one purge of
-- everything.
local key = KEYS[1]
for i = 9, #ARGV, 5 do
  local there = redis.call('HGET', key, ARGV[i])
  local id = there and string.sub(there, 1, 16)
  local mine = ARGV[i + 2]
  if id and id ~= ARGV[i + 1] and id ~= mine then
    mine = ARGV[i + 3]
  end
  redis.call('HSET', key, ARGV[i], mine .. ' ' .. ARGV[i + 4])
end
if redis.call('HLEN', key) > tonumber(ARGV[6]) then
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
    redis.call('HSET', key, mode .. 'all', (mode == 's ' and ARGV[7] or ARGV[8]) .. ' ' .. string.format('%.0f', at))
  end
end
local epochs = redis.call('HGET', key, 'epochs') or ''
for epoch in string.gmatch(ARGV[3], '%S+') do
  if not string.find(epochs, epoch, 1, true) then
    epochs = string.sub(epochs .. ' ' .. epoch, -64 * 17)
  end
end
local lineage = ARGV[1] .. ARGV[2] .. (redis.call('HGET', key, 'lineage') or '')
redis.call('HSET', key, 'epochs', epochs, 'lineage', string.sub(lineage, 1, 256 * 16))
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
