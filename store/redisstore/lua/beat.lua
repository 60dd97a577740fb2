-- Writes a node's row with the time of the server. KEYS: 1 the hash of the nodes.
-- ARGV: the node, its data.
local t = redis.call('TIME')
local us = tonumber(t[1]) * 1000000 + tonumber(t[2])
local seen = struct.pack('>I4I4', 2147483648 + math.floor(us / 4294967296), us % 4294967296)
return redis.call('HSET', KEYS[1], ARGV[1], seen .. ARGV[2])
