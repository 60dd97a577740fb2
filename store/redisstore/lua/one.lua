-- One conditional write: what batch.lua does with many, in fewer calls.
-- ARGV: its operation A, U or D and the revision that it expects (none: any), the
-- id, the new value, its entry, the channel to wake, and the bounds of what is due
-- before it (none: it is not scheduled).
local op, id, entry, low = sub(ARGV[1], 1, 1), ARGV[2], ARGV[4], ARGV[6]
local ahead
if low ~= '' then
  ahead = redis.call('ZRANGEBYLEX', times, low, ARGV[7], 'LIMIT', 0, 1)[1]
elseif op ~= 'D' then
  redis.call('ZCARD', times) -- fails, before anything is written, when the key is of another type
end
local first = ahead and sub(ahead, #low + 8) or id
local old, other = unpack(redis.call('HMGET', tasks, id, first))

if op == 'A' then
  if old then return 'exists' end
elseif not old then
  return 'missing'
end
local is, due, label = head(old)
if op ~= 'A' and #ARGV[1] > 1 and is ~= sub(ARGV[1], 2) then return is and 'conflict' or 'corrupt' end
local was = is and member(due, label, id)

if op == 'D' then
  local denied = refused(false, true)
  if denied then return denied end
  if was then redis.call('ZREM', times, was) else redis.call('ZCARD', times) end
  redis.call('HDEL', tasks, id)
  return was and 'ok' or 'removed' -- where the entry of a damaged one is can't be known
end

local moved = was and was ~= entry
local denied = refused(true, moved)
if denied then return denied end
redis.call('HSET', tasks, id, ARGV[3])
redis.call('ZADD', times, '0', entry)
if moved then redis.call('ZREM', times, was) end
if low ~= '' then
  -- A damaged entry ahead, which nobody ever does, doesn't count.
  local _, at, of = head(ahead and other)
  if not at or member(at, of, first) ~= ahead then redis.pcall('PUBLISH', ARGV[5], '') end
end
return 'ok'
