-- ARGV: path.
local at = key('stream', ARGV[1])
if redis.call('EXISTS', at) == 1 then redis.call('HSET', at, 'closed', '1') end
