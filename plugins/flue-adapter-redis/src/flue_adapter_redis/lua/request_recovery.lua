-- ARGV: submission id, attempt id, now.
if not owns(ARGV[2], ARGV[1]) then return 0 end
redis.call('HSETNX', key('submission', ARGV[1]), 'recovery_requested_at', ARGV[3])
return 1
