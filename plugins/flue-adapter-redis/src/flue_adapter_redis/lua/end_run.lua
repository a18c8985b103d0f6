-- ARGV: run id, then fields and values.
local at = key('run', ARGV[1])
if redis.call('EXISTS', at) == 0 then return end
redis.call('HDEL', at, 'result', 'error')
redis.call('HSET', at, unpack(ARGV, 2))
