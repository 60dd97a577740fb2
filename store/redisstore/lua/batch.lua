-- Conditional writes. ARGV: the channel to wake, a number of labels, for each the
-- label and its earliest new due time; how many writes put records (puts) and how
-- many remove some; what they expect, 9 bytes each: the operation A, U or D and
-- the revision (zeros with D: any); the id and the new value of each put; a score
-- and the new entry of each; the ids of the removals.
-- Returns the outcomes that are not ok: the write's number and what it came to.
local first = 3 + 2 * tonumber(ARGV[2])
local puts, removals, expected = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), ARGV[first + 2]
local values = first + 3
local entries = values + 2 * puts
local ids = entries + 2 * puts

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
if first == 3 then redis.call('ZCARD', times) end -- else earlier has found out that it is a sorted set

local out, rem, removed = {}, {}, 0

-- fails notes an outcome, and takes the write out of what is done.
local failed = {}
local function fails(k, outcome)
  out[#out + 1], out[#out + 2] = k, outcome
  failed[k] = true
end

chunks(puts, 200, function(i, j)
  local these, n = {}, 0
  for at = values + 2 * (i - 1), values + 2 * (j - 1), 2 do
    n = n + 1
    these[n] = ARGV[at]
  end
  local found = redis.call('HMGET', tasks, unpack(these))
  for k = i, j do
    local old, add = found[k - i + 1], byte(expected, 9 * k - 8) == 65 -- A
    if not old then
      if not add then fails(k, 'missing') end
    elseif add then
      fails(k, 'exists')
    else
      local is, due, label = head(old)
      if is ~= sub(expected, 9 * k - 7, 9 * k) then
        fails(k, is and 'conflict' or 'corrupt')
      else
        local was = member(due, label, these[k - i + 1])
        if was ~= ARGV[entries + 2 * k - 1] then rem[#rem + 1] = was end
      end
    end
  end
end)

local gone = {}
chunks(removals, 200, function(i, j)
  local found = redis.call('HMGET', tasks, unpack(ARGV, ids + i - 1, ids + j - 1))
  for n = i, j do
    local k, id, old = puts + n, ARGV[ids + n - 1], found[n - i + 1]
    local rev = sub(expected, 9 * k - 7, 9 * k)
    local is, due, label = head(old)
    if not old then
      fails(k, 'missing')
    elseif rev ~= paused and is ~= rev then
      fails(k, is and 'conflict' or 'corrupt')
    else
      gone[#gone + 1] = id
      if is then
        rem[#rem + 1] = member(due, label, id)
      else
        out[#out + 1], out[#out + 2] = k, 'removed' -- where its entry is can't be known
      end
    end
  end
end)

local sets, adds, from, to = ARGV, ARGV, values, entries - 1
local afrom, ato = entries, ids - 1
if #out > 0 then
  sets, adds = {}, {}
  for k = 1, puts do
    if not failed[k] then
      for i = 0, 1 do
        sets[#sets + 1] = ARGV[values + 2 * (k - 1) + i]
        adds[#adds + 1] = ARGV[entries + 2 * (k - 1) + i]
      end
    end
  end
  from, to, afrom, ato = 1, #sets, 1, #adds
end
local denied = refused(from <= to, #gone + #rem > 0)
if denied then return denied end

-- What needs memory comes first: the server refuses it when it has none, before
-- anything is written.
call('HSET', tasks, sets, from, to)
call('ZADD', times, adds, afrom, ato)
call('ZREM', times, rem)
call('HDEL', tasks, gone)
if wake then redis.pcall('PUBLISH', ARGV[1], '') end
return out
