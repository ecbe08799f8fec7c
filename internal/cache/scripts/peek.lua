-- What a waiter wants to know. KEYS: lease, entry, failure. Gives the entry's start stamp, the failure and whether somebody
-- is fetching.
return {redis.call('GETRANGE', KEYS[2], 4, 11), redis.call('GET', KEYS[3]) or '', redis.call('EXISTS', KEYS[1])}
