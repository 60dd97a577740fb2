-- chunks calls f with the bounds of parts of 1..n: what a call of Lua takes is limited.
local function chunks(n, size, f)
  for i = 1, n, size do f(i, math.min(n, i + size - 1)) end
end

-- call gives a command the elements of a list from the first to the last.
local function call(name, key, list, first, last)
  for i = first or 1, last or #list, 2000 do redis.call(name, key, unpack(list, i, math.min(last or #list, i + 1999))) end
end
