-- ARGV: owner id, expiry, submission ids.
for i = 3, #ARGV do
  local at = key('submission', ARGV[i])
  local row = redis.call('HMGET', at, 'status', 'owner_id')
  if row[1] == 'running' and row[2] == ARGV[1] then
    redis.call('HSET', at, 'lease_expires_at', ARGV[2])
  end
end
