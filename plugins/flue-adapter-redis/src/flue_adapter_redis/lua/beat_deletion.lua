-- ARGV: session key, owner.
local at, field = key('marker', ARGV[1]), 'owner:' .. ARGV[2]
if redis.call('HEXISTS', at, field) == 1 then redis.call('HINCRBY', at, field, 1) end
