-- Rows of the run history, the last first. KEYS: as in append.lua. ARGV: the
-- task, or none for all; the two bounds of the index, the upper one first; the
-- most rows. Returns for each row its entry in the index and its data.
local task = ARGV[1]
local out = {}
for _, m in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, tonumber(ARGV[4]))) do
  local row = string.sub(m, 2)
  if task ~= '' then
    local n = #task + 3 -- t, the task, NUL: then the end and the fire time
    row = string.sub(m, n, n + 7) .. task .. '\0' .. string.sub(m, n + 8)
  end
  out[#out + 1] = m
  out[#out + 1] = redis.call('HGET', KEYS[1], row)
end
return out
