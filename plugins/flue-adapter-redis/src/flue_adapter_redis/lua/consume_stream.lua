-- ARGV: submission id, attempt id, now, stream key.
if not is_open(ARGV[2], ARGV[1]) then return 0 end
local at = key('journal', ARGV[1])
local found = redis.call('HMGET', at, 'stream_key', 'stream_consumed_at')
if found[1] ~= ARGV[4] or found[2] then return 0 end
redis.call('HSET', at, 'stream_consumed_at', ARGV[3])
advance(ARGV[1], ARGV[3], #ARGV + 1)
return 1
