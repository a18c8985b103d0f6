-- ARGV: path, sequence after which to begin or an empty text for the end, how many.
-- Returns the next sequence, whether the stream is closed, then sequences and events in turn.
local stream = redis.call('HMGET', key('stream', ARGV[1]), 'next_offset', 'closed')
if not stream[1] then return {} end
local found, events = {stream[1], stream[2] and 1 or 0}, key('events', ARGV[1])
local sequence, most = tonumber(ARGV[2]), 2 + 2 * tonumber(ARGV[3])
if not sequence then return found end
while sequence + 1 < tonumber(stream[1]) and #found < most do
  sequence = sequence + 1
  local number = string.format('%.0f', sequence)
  local event = redis.call('HGET', events, number)
  if event then
    found[#found + 1] = number
    found[#found + 1] = event
  end
end
return found
