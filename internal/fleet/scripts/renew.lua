-- Prolongs a lease that is still its owner's. KEYS: lease. ARGV: owner, lifetime in ms.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
