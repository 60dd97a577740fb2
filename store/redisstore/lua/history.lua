-- Rows of a history, the last first. KEYS: 1 the history. ARGV: the two bounds of
-- its entries, the upper one first; the most to look at; the task and NUL where
-- the entries are those of a task (none: those that hold rows); the fire that is
-- looked for (none: any). Returns the entry to go on from (none: that was all) and
-- the entries that hold the rows.
local most, task, wanted = tonumber(ARGV[3]), ARGV[4], ARGV[5]
local found = redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, most)
local last = #found == most and found[most] or ''
if task == '' then return {last, found} end

local rows = {}
local at = #task + 2 -- where an entry has the end, and 8 bytes on the fire
for _, m in ipairs(found) do
  local ended, fire = string.sub(m, at, at + 7), string.sub(m, at + 8)
  if wanted == '' or fire == wanted then
    local row = 'a' .. ended .. task .. fire
    rows[#rows + 1] = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. row .. '\0', '(' .. row .. '\1', 'LIMIT', 0, 1)[1]
  end
end
return {last, rows}
