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

local denied = hold ~= '' and refused(true, true)
if denied then return denied end

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

-- sorted puts entries and their places in the order of due time and id. Lua's own
-- comparison of strings follows the locale of the server.
local function sorted(entries, places)
  local order, hi, lo = {}, {}, {}
  for i, p in ipairs(places) do
    order[i] = i
    hi[i], lo[i] = unpackv('>I4I4', p)
  end
  table.sort(order, function(a, b)
    if hi[a] ~= hi[b] then return hi[a] < hi[b] end
    if lo[a] ~= lo[b] then return lo[a] < lo[b] end
    local x, y = places[a], places[b]
    for i = 9, math.min(#x, #y) do
      local p, q = string.byte(x, i), string.byte(y, i)
      if p ~= q then return p < q end
    end
    return #x < #y
  end)
  local e, p = {}, {}
  for i, o in ipairs(order) do e[i], p[i] = entries[o], places[o] end
  return e, p
end

-- candidates returns the first entries after a place, of all labels, and their
-- places: what follows the prefix.
local function candidates(from, want)
  local entries, places = {}, {}
  for _, p in ipairs(prefixes) do
    local low = from == '' and '[' .. p or '(' .. p .. from
    local high = '(' .. p .. upto
    if scope == 'p' then high = '(q' end
    for _, m in ipairs(redis.call('ZRANGEBYLEX', times, low, high, 'LIMIT', 0, want)) do
      entries[#entries + 1] = m
      places[#places + 1] = sub(m, #p + 1)
    end
  end
  if #prefixes > 1 then return sorted(entries, places) end
  return entries, places
end

-- what is found: entries, and ids, values, revisions and labels beside them
local found, ids, values, revs, labels = {}, {}, {}, {}, {}
local bad, bytes, looked, step = 0, 0, 0, 16
local idat = scope == 'p' and 1 or 9 -- where a place has the id

-- take reads the values of candidates and keeps those that are to be returned.
local function take(entries, places, i, j)
  local these = {}
  for k = i, j do these[#these + 1] = sub(places[k], idat) end
  for k, v in ipairs(redis.call('HMGET', tasks, unpack(these))) do
    local entry, id = entries[i + k - 1], these[k]
    local rev, due, label = head(v)
    local good = rev and member(due, label, id) == entry
    if not good then bad = bad + 1 end
    if good or what == 'D' then
      local n = #found + 1
      found[n], ids[n], values[n], revs[n], labels[n] = entry, id, v, rev or false, label or false
      bytes = bytes + (v and #v or 0)
    end
  end
  looked = looked + j - i + 1
end

local ended = limit <= 0
while not ended do
  local want = math.min(limit - #found, 500)
  local entries, places = candidates(after, want)
  local last = math.min(#entries, want)
  local i = 1
  while i <= last and bytes < room do
    local j = math.min(last, i + step - 1)
    take(entries, places, i, j)
    i, after, step = j + 1, places[j], math.min(2 * step, 256)
  end
  if #entries < want and i > last then after = '' end -- that was all
  ended = after == '' or #found >= limit or bytes >= room or looked >= limit + 2000
end

if hold ~= '' then
  local set, add, rem = {}, {}, {}
  for n, entry in ipairs(found) do
    local hi, lo = unpackv('>I4I4', revs[n])
    lo = lo + 1
    if lo == 4294967296 then hi, lo = hi + 1, 0 end
    values[n] = 'AZR\1' .. struct.pack('>I4I4', hi, lo) .. hold .. sub(values[n], 21)
    set[2 * n - 1], set[2 * n] = ids[n], values[n]
    local held = member(hold, labels[n], ids[n])
    if held ~= entry then
      add[#add + 1] = '0'
      add[#add + 1] = held
      rem[#rem + 1] = entry
    end
  end
  call('HSET', tasks, set) -- needs memory, so it comes first
  call('ZADD', times, add)
  call('ZREM', times, rem)
end

local out = {'ok', after, bad}
for n, entry in ipairs(found) do
  out[2 * n + 2] = entry
  out[2 * n + 3] = what ~= 'K' and values[n] or false
end
return out
