-- ARGV: submission id, session key, kind, payload, accepted at, retries.
local id, session, kind, payload = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if kind == 'dispatch' then
  local receipt = redis.call('HGET', key('receipt', id), 'accepted_at')
  if receipt then return {'receipt', receipt} end
end
if redis.call('EXISTS', key('marker', session)) == 1 then return {'deleting'} end
local at = key('submission', id)
local found = redis.call('HMGET', at, 'kind', 'payload')
if found[1] then
  if found[1] ~= kind or found[2] ~= payload then return {'conflict'} end
  return {'submission', redis.call('HGETALL', at)}
end
local sequence = redis.call('HINCRBY', KEYS[1] .. ':facts', 'last_sequence', 1)
-- Lua would write a number its own way.
sequence = string.format('%.0f', sequence)
redis.call('HSET', at,
  'sequence', sequence, 'submission_id', id, 'session_key', session, 'kind', kind,
  'payload', payload, 'status', 'queued', 'accepted_at', ARGV[5],
  'attempt_count', '0', 'max_retry', ARGV[6], 'timeout_at', '0', 'lease_expires_at', '0')
place(id, session, sequence, false)
return {'submission', redis.call('HGETALL', at)}
