-- ARGV: submission id, attempt id, the next attempt id, now, and a lease's owner and expiry if given.
local id = ARGV[1]
if not owns(ARGV[2], id) then return {} end
local at = key('submission', id)
redis.call('HINCRBY', at, 'attempt_count', 1)
redis.call('HSET', at, 'attempt_id', ARGV[3], 'started_at', ARGV[4])
redis.call('HDEL', at, 'recovery_requested_at')
if ARGV[5] then redis.call('HSET', at, 'owner_id', ARGV[5], 'lease_expires_at', ARGV[6]) end
if is_open(ARGV[2], id) then
  redis.call('HSET', key('journal', id), 'attempt_id', ARGV[3])
  advance(id, ARGV[4], #ARGV + 1)
end
return redis.call('HGETALL', at)
