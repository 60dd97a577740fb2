-- Removes old rows of a history. KEYS: as in append.lua. ARGV: the end before
-- which rows go (none: no such), the number that stays (0: all), the most to
-- remove now. Returns the number removed.
local most = tonumber(ARGV[3])
local rows = {}
if ARGV[1] ~= '' then
  rows = redis.call('ZRANGEBYLEX', KEYS[2], '[a', '(a' .. ARGV[1], 'LIMIT', 0, most)
end
local over = redis.call('ZLEXCOUNT', KEYS[2], '[a', '(b') - tonumber(ARGV[2])
if ARGV[2] ~= '0' and over > #rows then
  rows = redis.call('ZRANGEBYLEX', KEYS[2], '[a', '(b', 'LIMIT', 0, math.min(over, most))
end
for _, m in ipairs(rows) do
  local row = string.sub(m, 2)
  local ended, task, fire = string.sub(row, 1, 8), string.sub(row, 9, -9), string.sub(row, -8) -- the task with its NUL
  redis.call('ZREM', KEYS[2], m, 't' .. task .. ended .. fire, 'f' .. task .. fire .. ended)
  redis.call('HDEL', KEYS[1], row)
end
return #rows
