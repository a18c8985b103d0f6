-- ARGV: run id, status, end, duration, whether it failed.
local at = key('pointer', ARGV[1])
local run = redis.call('HMGET', at, 'status', 'workflow_name', 'place')
if not run[1] then return end
redis.call('HSET', at,
  'status', ARGV[2], 'ended_at', ARGV[3], 'duration_ms', ARGV[4], 'is_error', ARGV[5])
for _, workflow in ipairs({'', run[2]}) do
  redis.call('ZREM', key('listed', run[1] .. ':' .. workflow), run[3])
  redis.call('ZADD', key('listed', ARGV[2] .. ':' .. workflow), 0, run[3])
end
