-- ARGV: submission id, attempt id, now, and the error if it failed.
if not owns(ARGV[2], ARGV[1]) then return 0 end
settle(ARGV[1], ARGV[3], ARGV[4])
return 1
