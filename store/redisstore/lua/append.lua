-- Adds rows to the run history. KEYS: 1 the hash of the rows, 2 their index.
-- ARGV: for each row its place among all, its place in its task, its data.
local set, add = {}, {}
for i = 1, #ARGV, 3 do
  set[#set + 1] = ARGV[i]
  set[#set + 1] = ARGV[i + 2]
  add[#add + 1] = '0'
  add[#add + 1] = 'a' .. ARGV[i]
  add[#add + 1] = '0'
  add[#add + 1] = 't' .. ARGV[i + 1]
end
redis.call('ZCARD', KEYS[2]) -- fails, before anything is written, when the key is of another type
for i = 1, #set, 2000 do redis.call('HSET', KEYS[1], unpack(set, i, math.min(#set, i + 1999))) end
for i = 1, #add, 2000 do redis.call('ZADD', KEYS[2], unpack(add, i, math.min(#add, i + 1999))) end
return #set / 2
