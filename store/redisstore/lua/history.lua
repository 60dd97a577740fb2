-- Rows of a history, the last first. KEYS: as in append.lua. ARGV: the task, or
-- none for all; the two bounds of the index, the upper one first; the most rows.
-- Returns for each row its entry in the index and its data.
local task = ARGV[1]
local n = #task + 3 -- t or f, the task, NUL: then two moments
local out = {}
for _, m in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, tonumber(ARGV[4]))) do
  local kind, row = string.sub(m, 1, 1), string.sub(m, 2)
  if kind ~= 'a' then
    local ended, fire = string.sub(m, n, n + 7), string.sub(m, n + 8)
    if kind == 'f' then ended, fire = fire, ended end
    row = ended .. task .. '\0' .. fire
  end
  out[#out + 1] = m
  out[#out + 1] = redis.call('HGET', KEYS[1], row)
end
return out
