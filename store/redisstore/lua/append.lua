-- Adds rows to a history. KEYS: 1 the history. ARGV: for each row the entry that
-- holds it and its entry among those of its task, with a score before each.
-- runs.go has the formats.
local new = 0
for i = 1, #ARGV, 2000 do
  new = new + redis.call('ZADD', KEYS[1], unpack(ARGV, i, math.min(#ARGV, i + 1999)))
end
if new == #ARGV / 2 then return end
-- Some rows were there. One that holds other data now has two entries, of which
-- the last given stays.
for i = 2, #ARGV, 4 do
  local row = string.sub(ARGV[i], 1, #ARGV[i + 2] + 1) -- all but the data
  redis.call('ZREMRANGEBYLEX', KEYS[1], '[' .. row, '(' .. string.sub(row, 1, -2) .. '\1')
  redis.call('ZADD', KEYS[1], '0', ARGV[i])
end
