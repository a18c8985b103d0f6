-- ARGV: status and workflow's name or empty texts, where to begin, how many.
local listed = key('listed', ARGV[1] .. ':' .. ARGV[2])
local runs = {}
for _, place in ipairs(redis.call('ZREVRANGEBYLEX', listed, ARGV[3], '-', 'LIMIT', 0, ARGV[4])) do
  local _, last = string.find(place, '\0\1', 1, true)
  runs[#runs + 1] = redis.call('HGETALL', key('pointer', string.sub(place, last + 1)))
end
return runs
