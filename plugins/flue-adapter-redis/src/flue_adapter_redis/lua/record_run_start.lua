-- ARGV: run id, place in the order, workflow's name, start, whether it is the run's own owner.
-- A run lies in one list for each filter that it passes.
local at = key('pointer', ARGV[1])
if redis.call('EXISTS', at) == 1 then return 'known' end
if ARGV[5] ~= '1' then return 'mismatch' end
redis.call('HSET', at,
  'run_id', ARGV[1], 'workflow_name', ARGV[3], 'started_at', ARGV[4], 'status', 'active',
  'place', ARGV[2])
for _, status in ipairs({'', 'active'}) do
  redis.call('ZADD', key('listed', status .. ':'), 0, ARGV[2])
  if ARGV[3] ~= '' then redis.call('ZADD', key('listed', status .. ':' .. ARGV[3]), 0, ARGV[2]) end
end
return 'stored'
