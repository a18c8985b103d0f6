-- ARGV: run id, index, event.
if redis.call('EXISTS', key('run', ARGV[1])) == 0 then return 'unknown' end
if redis.call('HSETNX', key('run-events', ARGV[1]), ARGV[2], ARGV[3]) == 0 then
  return 'duplicate'
end
redis.call('ZADD', key('run-event-order', ARGV[1]), ARGV[2], ARGV[2])
return 'stored'
