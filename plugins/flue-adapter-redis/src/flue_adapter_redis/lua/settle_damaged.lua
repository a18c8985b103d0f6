-- ARGV: submission id, now, error, then the row as it was read, by fields and values.
-- Somebody may have settled it, or put it right, in between.
local at = key('submission', ARGV[1])
if redis.call('HLEN', at) * 2 ~= #ARGV - 3 then return 0 end
for i = 4, #ARGV, 2 do
  if redis.call('HGET', at, ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
settle(ARGV[1], ARGV[2], ARGV[3])
return 1
