-- ARGV: run id, first index. Returns indices and events in turn.
local events, found = key('run-events', ARGV[1]), {}
for _, index in ipairs(redis.call('ZRANGEBYSCORE', key('run-event-order', ARGV[1]), ARGV[2], '+inf')) do
  found[#found + 1] = index
  found[#found + 1] = redis.call('HGET', events, index)
end
return found
