-- Records in the order of the index, and a claim of them. ARGV: the due time to
-- move them to (none: they are only read), what to return (V the values, K the
-- entries alone, D the values and also what is damaged), the place to go on from,
-- the bound of the due time, the most records, the most bytes; then * for all
-- labels, p for the paused, or = and the labels.
-- Returns the state of the keys, the place to go on from (none: that was all),
-- how many entries were damaged, and for each record its entry and its value.
local hold, what, after, upto = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local limit, room, scope = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

local hlen, zcard = redis.call('HLEN', tasks), redis.call('ZCARD', times)
if what ~= 'D' then
  if zcard == 0 and hlen > 0 then return {'noindex', '', 0} end
  if hlen == 0 and zcard > 0 then return {'norecords', '', zcard} end
end

if hold ~= '' then
  local denied = granted()
  if denied then return denied end
end

-- prefixes of the entries of each label asked for
local prefixes = {}
if scope == 'p' then
  prefixes[1] = 'p'
elseif scope == '=' then
  for i = 8, #ARGV do prefixes[#prefixes + 1] = 'd' .. ARGV[i] .. '\0' end
else
  local from = '[d'
  while true do
    local m = redis.call('ZRANGEBYLEX', times, from, '(e', 'LIMIT', 0, 1)[1]
    if not m then break end
    local label = string.sub(m, 1, string.find(m, '\0', 1, true) - 1)
    prefixes[#prefixes + 1] = label .. '\0'
    from = '[' .. label .. '\1'
  end
end

-- before compares entries by due time and id. Lua's own comparison of strings
-- follows the locale of the server.
local function before(a, b)
  if a.hi ~= b.hi then return a.hi < b.hi end
  if a.lo ~= b.lo then return a.lo < b.lo end
  local x, y = a.place, b.place
  for i = 9, math.min(#x, #y) do
    local p, q = string.byte(x, i), string.byte(y, i)
    if p ~= q then return p < q end
  end
  return #x < #y
end

-- candidates returns the first entries after a place, of all labels.
local function candidates(from, want)
  local list = {}
  for _, p in ipairs(prefixes) do
    local low = from == '' and '[' .. p or '(' .. p .. from
    local high = '(' .. p .. upto
    if scope == 'p' then high = '(q' end
    for _, m in ipairs(redis.call('ZRANGEBYLEX', times, low, high, 'LIMIT', 0, want)) do
      list[#list + 1] = {entry = m, place = string.sub(m, #p + 1)}
    end
  end
  if #prefixes > 1 then
    for _, c in ipairs(list) do c.hi, c.lo = struct.unpack('>I4I4', c.place) end
    table.sort(list, before)
  end
  return list
end

local found, bad, bytes, looked, step = {}, 0, 0, 0, 16

-- take reads the values of candidates and keeps those that are to be returned.
local function take(list, i, j)
  local ids = {}
  for k = i, j do ids[#ids + 1] = string.sub(list[k].place, scope == 'p' and 1 or 9) end
  local values = redis.call('HMGET', tasks, unpack(ids))
  for k = i, j do
    local v, id = values[k - i + 1], ids[k - i + 1]
    local rev, due, label = head(v)
    local good = rev and member(due, label, id) == list[k].entry
    if not good then bad = bad + 1 end
    if good or what == 'D' then
      found[#found + 1] = {entry = list[k].entry, id = id, value = v, rev = rev, label = label}
      bytes = bytes + (v and #v or 0)
    end
  end
  looked = looked + j - i + 1
end

local ended = limit <= 0
while not ended do
  local want = math.min(limit - #found, 500)
  local list = candidates(after, want)
  local last = math.min(#list, want)
  local i = 1
  while i <= last and bytes < room do
    local j = math.min(last, i + step - 1)
    take(list, i, j)
    i, after, step = j + 1, list[j].place, math.min(2 * step, 256)
  end
  if #list < want and i > last then after = '' end -- that was all
  ended = after == '' or #found >= limit or bytes >= room or looked >= limit + 2000
end

if hold ~= '' then
  local set, add, rem = {}, {}, {}
  for _, f in ipairs(found) do
    local hi, lo = struct.unpack('>I4I4', f.rev)
    lo = lo + 1
    if lo == 4294967296 then hi, lo = hi + 1, 0 end
    f.value = 'AZR\1' .. struct.pack('>I4I4', hi, lo) .. hold .. string.sub(f.value, 21)
    local entry = member(hold, f.label, f.id)
    set[#set + 1] = f.id
    set[#set + 1] = f.value
    if entry ~= f.entry then
      add[#add + 1] = 0
      add[#add + 1] = entry
      rem[#rem + 1] = f.entry
    end
  end
  call('HSET', tasks, set) -- needs memory, so it comes first
  call('ZADD', times, add)
  call('ZREM', times, rem)
end

local out = {'ok', after, bad}
for _, f in ipairs(found) do
  out[#out + 1] = f.entry
  out[#out + 1] = what ~= 'K' and f.value or false
end
return out
