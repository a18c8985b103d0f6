-- ARGV: session key, owner, now. Returns since when the session is barred; nothing where it is busy.
if redis.call('EXISTS', key('queue', ARGV[1])) == 1 then return false end
local at = key('marker', ARGV[1])
local since = redis.call('HGET', at, 'started_at')
-- Never earlier than it was: a deletion that is resumed covers what it began with.
if not since or tonumber(since) < tonumber(ARGV[3]) then since = ARGV[3] end
redis.call('HSET', at, 'started_at', since, 'owner:' .. ARGV[2], '0')
return since
