-- What every script begins with. All keys of a database begin with KEYS[1].
local function key(kind, name) return KEYS[1] .. ':' .. kind .. ':' .. name end

-- The first unsettled submission of each session, by sequence.
local HEADS = KEYS[1] .. ':heads'

-- Takes a session's head from the heads, before its queue changes.
local function take_head(session)
  local head = redis.call('ZRANGE', key('queue', session), 0, 0)
  if head[1] then redis.call('ZREM', HEADS, head[1]) end
end

-- Puts a session's head among the heads, after its queue has changed.
local function put_head(session)
  local head = redis.call('ZRANGE', key('queue', session), 0, 0, 'WITHSCORES')
  if head[1] then redis.call('ZADD', HEADS, head[2], head[1]) end
end

-- Puts a submission into the queue where it belongs.
local function place(id, session, sequence, settled)
  local queue, settlements = key('queue', session), key('settled', session)
  take_head(session)
  redis.call('ZREM', settled and queue or settlements, id)
  redis.call('ZADD', settled and settlements or queue, sequence, id)
  put_head(session)
end

-- Tells whether an attempt runs a submission: the fence of every owner's call.
local function owns(attempt, id)
  local found = redis.call('HMGET', key('submission', id), 'status', 'attempt_id')
  return found[1] == 'running' and found[2] == attempt
end

-- Ends a submission; without an error it went well.
local function settle(id, now, error)
  local at = key('submission', id)
  redis.call('HSET', at, 'status', 'settled', 'settled_at', now)
  redis.call('HDEL', at, 'error')
  if error then redis.call('HSET', at, 'error', error) end
  local row = redis.call('HMGET', at, 'session_key', 'sequence')
  place(id, row[1], row[2], true)
end

-- Tells whether a submission has an open journal of an attempt.
local function is_open(attempt, id)
  local found = redis.call('HMGET', key('journal', id), 'attempt_id', 'committed')
  return found[1] == attempt and found[2] ~= '1'
end

-- Changes a journal: the fields and values of ARGV from `first` on.
local function advance(id, now, first)
  local at = key('journal', id)
  redis.call('HINCRBY', at, 'revision', 1)
  redis.call('HSET', at, 'updated_at', now, unpack(ARGV, first))
end

-- Takes a deletion off its session's marker, with those that stand still: from `first` on in ARGV,
-- each with the beats at which it stood. The marker goes with the last one.
local function sign_off(session, owner, first)
  local at = key('marker', session)
  redis.call('HDEL', at, 'owner:' .. owner)
  for i = first, #ARGV, 2 do
    local field = 'owner:' .. ARGV[i]
    -- One that was heard after all has beaten since, and stays.
    if redis.call('HGET', at, field) == ARGV[i + 1] then redis.call('HDEL', at, field) end
  end
  -- Nothing but the start is left.
  if redis.call('HLEN', at) == 1 then redis.call('DEL', at) end
end
