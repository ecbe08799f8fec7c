-- What a waiter wants to know. KEYS: lease, entry, failure. Gives the entry's start stamp, the last failure behind the owner
-- of its lease, and the owner of the lease, where somebody is fetching.
return {redis.call('GETRANGE', KEYS[2], 4, 11), redis.call('GET', KEYS[3]) or '', redis.call('GET', KEYS[1]) or ''}
