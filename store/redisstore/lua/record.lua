-- KEYS: 1 the hash of the records, 2 their index. layout.go has the formats.
local tasks, times = KEYS[1], KEYS[2]
local paused = '\0\0\0\0\0\0\0\0'

-- These are called for each record, so they cost as few calls as can be.
local sub, find, byte, unpackv = string.sub, string.find, string.byte, struct.unpack
local sound = {} -- labels without NUL

-- head reads a record's value: revision, due time and label; nothing when it is
-- no record.
local function head(v)
  if not v or #v < 25 or #v < 25 + byte(v, 21) then return nil end
  local magic, rev, due, label, n = unpackv('c4c8c8Bc0>I4', v)
  if magic ~= 'AZR\1' or rev == paused or #v ~= 25 + #label + n then return nil end
  if not sound[label] then
    if find(label, '\0', 1, true) then return nil end
    sound[label] = true
  end
  return rev, due, label
end

-- member is what the index holds for a record.
local function member(due, label, id)
  if due == paused then return 'p' .. id end
  return 'd' .. label .. '\0' .. due .. id
end

-- refused returns an error when this user may not do all that a write is about to
-- do: refused in its middle, it would be half done.
local function refused(sets, removes)
  local may = redis.acl_check_cmd
  if not may then return end -- Redis 6 and older
  local what = sets and not may('HSET', tasks, '', '') and 'HSET' or sets and not may('ZADD', times, '0', '') and 'ZADD'
    or removes and not may('ZREM', times, '') and 'ZREM' or removes and not may('HDEL', tasks, '') and 'HDEL'
  if what then return redis.error_reply('NOPERM this user may not call ' .. what) end
end
