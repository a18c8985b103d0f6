-- ARGV: submission id, attempt id.
local at = key('submission', ARGV[1])
if not owns(ARGV[2], ARGV[1]) or redis.call('HEXISTS', at, 'input_applied_at') == 1 then
  return 0
end
redis.call('HSET', at, 'status', 'queued', 'lease_expires_at', '0')
redis.call('HDEL', at, 'attempt_id', 'owner_id', 'started_at', 'recovery_requested_at')
return 1
