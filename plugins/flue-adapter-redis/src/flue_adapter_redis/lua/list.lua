-- ARGV: what is wanted, now. What runs is always the head of its session.
local rows = {}
for _, id in ipairs(redis.call('ZRANGE', HEADS, 0, -1)) do
  local at = key('submission', id)
  local head = redis.call('HMGET', at, 'status', 'lease_expires_at')
  local runs, lease = head[1] == 'running', tonumber(head[2])
  local wanted = runs
  if ARGV[1] == 'runnable' then
    -- A head of unknown status is wanted too: it would block its session for ever.
    wanted = not runs
  elseif ARGV[1] == 'expired' then
    wanted = runs and 0 < lease and lease < tonumber(ARGV[2])
  end
  if wanted then rows[#rows + 1] = redis.call('HGETALL', at) end
end
return rows
