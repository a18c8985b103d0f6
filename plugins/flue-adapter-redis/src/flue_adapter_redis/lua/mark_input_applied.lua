-- ARGV: submission id, attempt id, now, retries, time limit.
if not owns(ARGV[2], ARGV[1]) then return 0 end
local at = key('submission', ARGV[1])
if redis.call('HSETNX', at, 'input_applied_at', ARGV[3]) == 1 then
  redis.call('HSET', at, 'max_retry', ARGV[4], 'timeout_at', ARGV[5])
end
return 1
