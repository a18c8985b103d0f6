-- ARGV: path, event. Returns what became of it, and its sequence.
local at, events = key('stream', ARGV[1]), key('events', ARGV[1])
local stream = redis.call('HMGET', at, 'next_offset', 'closed')
if not stream[1] then return {'missing'} end
if stream[2] then return {'closed'} end
if redis.call('HSETNX', events, stream[1], ARGV[2]) == 0 then return {'taken', stream[1]} end
redis.call('HINCRBY', at, 'next_offset', 1)
return {'stored', stream[1]}
