-- Removes old rows of a history. KEYS: 1 the history. ARGV: the end before which
-- rows go (none: no such), the number that stays (0: all), the most to remove now.
-- Returns the number removed.
local most = tonumber(ARGV[3])
local rows = {}
if ARGV[1] ~= '' then
  rows = redis.call('ZRANGEBYLEX', KEYS[1], '[a', '(a' .. ARGV[1], 'LIMIT', 0, most)
end
local over = redis.call('ZLEXCOUNT', KEYS[1], '[a', '(b') - tonumber(ARGV[2])
if ARGV[2] ~= '0' and over > #rows then
  rows = redis.call('ZRANGEBYLEX', KEYS[1], '[a', '(b', 'LIMIT', 0, math.min(over, most))
end
local gone = {}
for i, m in ipairs(rows) do
  local z = string.find(m, '\0', 10, true) or 9 -- the end of the task; 9: somebody else's
  gone[2 * i - 1] = m
  gone[2 * i] = 't' .. string.sub(m, 10, z) .. string.sub(m, 2, 9) .. string.sub(m, z + 1, z + 8)
end
for i = 1, #gone, 2000 do redis.call('ZREM', KEYS[1], unpack(gone, i, math.min(#gone, i + 1999))) end
return #rows
