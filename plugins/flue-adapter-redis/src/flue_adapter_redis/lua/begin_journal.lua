-- ARGV: submission id, now, session key, kind, then the turn's fields and values.
local at = key('journal', ARGV[1])
redis.call('HDEL', at,
  'checkpoint_leaf_id', 'tool_request_json', 'stream_key', 'stream_consumed_at',
  'committed_leaf_id')
-- The journal stays the submission's own: what it was first made with is not replaced.
redis.call('HSETNX', at, 'session_key', ARGV[3])
redis.call('HSETNX', at, 'kind', ARGV[4])
redis.call('HSETNX', at, 'created_at', ARGV[2])
redis.call('HSET', at, 'submission_id', ARGV[1], 'committed', '0')
advance(ARGV[1], ARGV[2], 5)
