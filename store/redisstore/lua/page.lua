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

-- sorted puts entries, with the lengths of their prefixes, in the order of due time
-- and id. Lua's own comparison of strings follows the locale of the server.
local function sorted(entries, lens)
  local order, hi, lo = {}, {}, {}
  for i, m in ipairs(entries) do
    order[i] = i
    hi[i], lo[i] = unpackv('>I4I4', m, lens[i] + 1)
  end
  table.sort(order, function(a, b)
    if hi[a] ~= hi[b] then return hi[a] < hi[b] end
    if lo[a] ~= lo[b] then return lo[a] < lo[b] end
    local x, y = sub(entries[a], lens[a] + 9), sub(entries[b], lens[b] + 9)
    for i = 1, math.min(#x, #y) do
      local p, q = byte(x, i), byte(y, i)
      if p ~= q then return p < q end
    end
    return #x < #y
  end)
  local e, l = {}, {}
  for i, o in ipairs(order) do e[i], l[i] = entries[o], lens[o] end
  return e, l
end

-- candidates returns the first entries after a place, of all labels, and the
-- lengths of their prefixes: what follows is the place.
local function candidates(from, want)
  local entries, lens = {}, {}
  for _, p in ipairs(prefixes) do
    local low = from == '' and '[' .. p or '(' .. p .. from
    local high = '(' .. p .. upto
    if scope == 'p' then high = '(q' end
    local part = redis.call('ZRANGEBYLEX', times, low, high, 'LIMIT', 0, want)
    if #prefixes == 1 then entries = part end
    local n = #lens
    for i = 1, #part do entries[n + i], lens[n + i] = part[i], #p end
  end
  if #prefixes > 1 then return sorted(entries, lens) end
  return entries, lens
end

-- what is found: entries, and ids, values, revisions and labels beside them
local found, ids, values, revs, labels = {}, {}, {}, {}, {}
local count, bad, bytes, looked, step = 0, 0, 0, 0, 16
local idat = scope == 'p' and 1 or 9 -- where a place has the id

-- describes tells what member(due, label, id) == entry does, without making one.
local function describes(entry, len, due, label)
  if scope == 'p' or due == paused then return scope == 'p' and due == paused end
  return due == sub(entry, len + 1, len + 8) and label == sub(entry, 2, len - 1)
end

-- take reads the values of candidates and keeps those that are to be returned.
local function take(entries, lens, i, j)
  local these = {}
  for k = i, j do these[k - i + 1] = sub(entries[k], lens[k] + idat) end
  local read = redis.call('HMGET', tasks, unpack(these))
  for k = 1, j - i + 1 do
    local entry, v = entries[i + k - 1], read[k]
    local rev, due, label = head(v)
    local good = rev and describes(entry, lens[i + k - 1], due, label)
    if not good then bad = bad + 1 end
    if good or what == 'D' then
      count = count + 1
      found[count], ids[count], values[count], revs[count], labels[count] = entry, these[k], v, rev, label
      bytes = bytes + (v and #v or 0)
    end
  end
  looked = looked + j - i + 1
end

local ended = limit <= 0
while not ended do
  local want = math.min(limit - count, 500)
  local entries, lens = candidates(after, want)
  local last = math.min(#entries, want)
  local i = 1
  while i <= last and bytes < room do
    local j = math.min(last, i + step - 1)
    take(entries, lens, i, j)
    i, after, step = j + 1, sub(entries[j], lens[j] + 1), math.min(2 * step, 256)
  end
  if #entries < want and i > last then after = '' end -- that was all
  ended = after == '' or count >= limit or bytes >= room or looked >= limit + 2000
end

-- raised is the beginning of the value of a record after a revision.
local beginnings = {}
local function raised(rev)
  if not beginnings[rev] then
    local hi, lo = unpackv('>I4I4', rev)
    lo = lo + 1
    if lo == 4294967296 then hi, lo = hi + 1, 0 end
    beginnings[rev] = 'AZR\1' .. struct.pack('>I4I4', hi, lo) .. hold
  end
  return beginnings[rev]
end

if hold ~= '' then
  local set, add, rem = {}, {}, {}
  for n, entry in ipairs(found) do
    values[n] = raised(revs[n]) .. sub(values[n], 21)
    set[2 * n - 1], set[2 * n] = ids[n], values[n]
    local held = member(hold, labels[n], ids[n])
    if held ~= entry then
      local k = #rem + 1
      add[2 * k - 1], add[2 * k], rem[k] = '0', held, entry
    end
  end
  call('HSET', tasks, set) -- needs memory, so it comes first
  call('ZADD', times, add)
  call('ZREM', times, rem)
end

local out = {'ok', after, bad}
for n = 1, count do
  out[2 * n + 2] = found[n]
  out[2 * n + 3] = what ~= 'K' and values[n] or false
end
return out
