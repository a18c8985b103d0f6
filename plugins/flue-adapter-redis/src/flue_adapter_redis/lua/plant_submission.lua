-- ARGV: submission id, then the row's fields and values, as a planter wants them.
local at = key('submission', ARGV[1])
redis.call('HSET', at, unpack(ARGV, 2))
local row = redis.call('HMGET', at, 'session_key', 'sequence', 'status')
place(ARGV[1], row[1], row[2], row[3] == 'settled')
