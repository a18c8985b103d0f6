-- ARGV: session key, owner, since when it was marked, now, then those that stand still.
local settled = key('settled', ARGV[1])
for _, id in ipairs(redis.call('ZRANGE', settled, 0, -1)) do
  local at, journal = key('submission', id), key('journal', id)
  local row = redis.call('HMGET', at, 'accepted_at', 'kind', 'settled_at')
  if tonumber(row[1]) <= tonumber(ARGV[3]) then
    -- A damaged kind may have been a dispatch, which must never run again.
    if row[2] ~= 'direct' then
      local receipt = key('receipt', id)
      if redis.call('HSETNX', receipt, 'accepted_at', row[1]) == 1 then
        redis.call('HSET', receipt, 'settled_at', row[3] or ARGV[4])
      end
    end
    local stream = redis.call('HGET', journal, 'stream_key')
    if stream then redis.call('UNLINK', key('chunks', stream)) end
    redis.call('UNLINK', at, journal)
    redis.call('ZREM', settled, id)
  end
end
sign_off(ARGV[1], ARGV[2], 5)
