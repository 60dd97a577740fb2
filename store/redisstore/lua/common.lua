-- KEYS: 1 the hash of the records, 2 their index. layout.go has the formats.
local tasks, times = KEYS[1], KEYS[2]
local paused = string.rep('\0', 8)

-- head reads a record's value: revision, due time and label; nothing when it is
-- no record.
local function head(v)
  if not v or #v < 25 or string.sub(v, 1, 4) ~= 'AZR\1' then return nil end
  local n = string.byte(v, 21)
  if #v < 25 + n then return nil end
  local rev, label = string.sub(v, 5, 12), string.sub(v, 22, 21 + n)
  if #v ~= 25 + n + struct.unpack('>I4', v, 22 + n) then return nil end
  if rev == paused or string.find(label, '\0', 1, true) then return nil end
  return rev, string.sub(v, 13, 20), label
end

-- member is what the index holds for a record.
local function member(due, label, id)
  if due == paused then return 'p' .. id end
  return 'd' .. label .. '\0' .. due .. id
end

-- chunks calls f with the bounds of parts of 1..n: what a call of Lua takes is limited.
local function chunks(n, size, f)
  for i = 1, n, size do f(i, math.min(n, i + size - 1)) end
end

local function call(name, key, list)
  chunks(#list, 2000, function(i, j) redis.call(name, key, unpack(list, i, j)) end)
end

-- granted returns an error when this user may not do all that a write needs:
-- refused in its middle, a write would be half done.
local function granted()
  if not redis.acl_check_cmd then return end
  for _, c in ipairs{{'HSET', tasks, '', ''}, {'HDEL', tasks, ''}, {'ZADD', times, '0', ''}, {'ZREM', times, ''}} do
    if not redis.acl_check_cmd(unpack(c)) then
      return redis.error_reply('NOPERM this user may not call ' .. c[1] .. ' on ' .. c[2])
    end
  end
end
