-- ARGV: submission id, attempt id, owner id, lease's expiry, now, retries, time limit, whether the
-- row can be read.
local id = ARGV[1]
local at = key('submission', id)
local row = redis.call('HMGET', at, 'status', 'timeout_at')
if row[1] ~= 'queued' or not redis.call('ZSCORE', HEADS, id) then return {'none'} end
if ARGV[8] ~= '1' then return {'malformed'} end
redis.call('HINCRBY', at, 'attempt_count', 1)
redis.call('HSET', at,
  'status', 'running', 'attempt_id', ARGV[2], 'owner_id', ARGV[3], 'lease_expires_at', ARGV[4],
  'started_at', ARGV[5], 'max_retry', ARGV[6])
if row[2] == '0' then redis.call('HSET', at, 'timeout_at', ARGV[7]) end
return {'started', redis.call('HGETALL', at)}
