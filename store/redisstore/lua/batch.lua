-- Conditional writes, one outcome each. ARGV: the channel to wake, a number of
-- labels, for each the label and its earliest new due time; then for each write
-- its operation A, U or D, the id, the revision that it expects (none: any), the
-- new value and its entry.
local first = 3 + 2 * tonumber(ARGV[2])
local n = (#ARGV - first + 1) / 5

-- earlier tells whether a label gets something to do before what it has now. A
-- damaged entry at its head, which nobody ever does, doesn't count.
local function earlier(label, due)
  local p = 'd' .. label .. '\0'
  local ahead = redis.call('ZRANGEBYLEX', times, '[' .. p, '(' .. p .. due, 'LIMIT', 0, 1)[1]
  if not ahead then return true end
  local id = sub(ahead, #p + 9)
  local _, at, of = head(redis.call('HGET', tasks, id))
  return not at or member(at, of, id) ~= ahead
end

local wake = false
for i = 3, first - 1, 2 do wake = wake or earlier(ARGV[i], ARGV[i + 1]) end

local out, set, add, rem, del = {}, {}, {}, {}, {}

local function write(i, old)
  local at = first + 5 * (i - 1)
  local op, id, rev = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if op == 'A' then
    if old then return 'exists' end
  elseif not old then
    return 'missing'
  end
  local is, due, label = head(old)
  if op ~= 'A' and rev ~= '' and is ~= rev then return is and 'conflict' or 'corrupt' end
  if op == 'D' then
    del[#del + 1] = id
    if not is then return 'removed' end -- where its entry is can't be known
    rem[#rem + 1] = member(due, label, id)
    return 'ok'
  end
  local new = ARGV[at + 4]
  set[#set + 1] = id
  set[#set + 1] = ARGV[at + 3]
  add[#add + 1] = '0'
  add[#add + 1] = new
  if is then
    local was = member(due, label, id)
    if was ~= new then rem[#rem + 1] = was end
  end
  return 'ok'
end

chunks(n, 100, function(i, j)
  local ids = {}
  for k = i, j do ids[#ids + 1] = ARGV[first + 5 * (k - 1) + 1] end
  local old = redis.call('HMGET', tasks, unpack(ids))
  for k = i, j do out[k] = write(k, old[k - i + 1]) end
end)
if first == 3 then redis.call('ZCARD', times) end -- else earlier has found out that it is a sorted set
local denied = refused(#set > 0, #del + #rem > 0)
if denied then return denied end

-- What needs memory comes first: the server refuses it when it has none, before
-- anything is written.
call('HSET', tasks, set)
call('ZADD', times, add)
call('ZREM', times, rem)
call('HDEL', tasks, del)
if wake then redis.pcall('PUBLISH', ARGV[1], '') end
return out
