-- The records of a part of the hash that can't be read or that the index doesn't
-- have. ARGV: the cursor. Returns the next cursor, then ids and values.
local part = redis.call('HSCAN', tasks, ARGV[1], 'COUNT', '200')
local out = {part[1]}
for i = 1, #part[2], 2 do
  local id, v = part[2][i], part[2][i + 1]
  local rev, due, label = head(v)
  if not rev or not redis.call('ZSCORE', times, member(due, label, id)) then
    out[#out + 1] = id
    out[#out + 1] = v
  end
end
return out
