-- Removes the entries, of a part of the index, of one id that has no record.
-- ARGV: the cursor, the id. Returns the next cursor.
local part = redis.call('ZSCAN', times, ARGV[1], 'COUNT', '1000')
if redis.call('HEXISTS', tasks, ARGV[2]) == 1 then return {'0'} end
for i = 1, #part[2], 2 do
  local m = part[2][i]
  local id = string.sub(m, 2)
  if string.sub(m, 1, 1) == 'd' then
    local z = string.find(m, '\0', 1, true)
    id = z and string.sub(m, z + 9)
  end
  if id == ARGV[2] then redis.call('ZREM', times, m) end
end
return {part[1]}
