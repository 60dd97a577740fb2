-- Puts the records of a part of the hash into the index. ARGV: the cursor.
-- Returns the next cursor and the number of entries that were missing.
local denied = refused(true, false)
if denied then return denied end
local part = redis.call('HSCAN', tasks, ARGV[1], 'COUNT', '200')
local add = {}
for i = 1, #part[2], 2 do
  local rev, due, label = head(part[2][i + 1])
  if rev then
    add[#add + 1] = '0'
    add[#add + 1] = member(due, label, part[2][i])
  end
end
local added = 0
chunks(#add, 2000, function(i, j) added = added + redis.call('ZADD', times, 'NX', unpack(add, i, j)) end)
return {part[1], added}
