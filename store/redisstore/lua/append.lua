-- Adds rows to a history. KEYS: 1 the hash of the rows, 2 their index. ARGV: for
-- each row its end, task, fire and data. runs.go has the formats.
local set, add = {}, {}
for i = 1, #ARGV, 4 do
  local ended, task, fire = ARGV[i], ARGV[i + 1] .. '\0', ARGV[i + 2]
  local row = ended .. task .. fire
  set[#set + 1] = row
  set[#set + 1] = ARGV[i + 3]
  local n = #add
  add[n + 1], add[n + 2] = '0', 'a' .. row
  add[n + 3], add[n + 4] = '0', 't' .. task .. ended .. fire
  add[n + 5], add[n + 6] = '0', 'f' .. task .. fire .. ended
end
redis.call('ZCARD', KEYS[2]) -- fails, before anything is written, when the key is of another type
for i = 1, #set, 2000 do redis.call('HSET', KEYS[1], unpack(set, i, math.min(#set, i + 1999))) end
for i = 1, #add, 2000 do redis.call('ZADD', KEYS[2], unpack(add, i, math.min(#add, i + 1999))) end
return #set / 2
