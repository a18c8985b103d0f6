-- ARGV: submission id, attempt id, now, then fields and values.
if not is_open(ARGV[2], ARGV[1]) then return 0 end
advance(ARGV[1], ARGV[3], 4)
return 1
