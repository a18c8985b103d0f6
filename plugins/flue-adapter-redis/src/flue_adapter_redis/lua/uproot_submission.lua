-- ARGV: submission id, as a planter removes it.
local at = key('submission', ARGV[1])
local session = redis.call('HGET', at, 'session_key')
take_head(session)
redis.call('ZREM', key('queue', session), ARGV[1])
redis.call('ZREM', key('settled', session), ARGV[1])
put_head(session)
redis.call('UNLINK', at)
