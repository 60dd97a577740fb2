-- What stands under the keys. ARGV: the channel.
-- Returns their types, their sizes, an entry of the index that has a score other
-- than 0, some fields and values of the hash, and whether the channel may be used.
local htype, ztype = redis.call('TYPE', tasks).ok, redis.call('TYPE', times).ok
local hlen, zcard, foreign, sample = 0, 0, '', {}
if htype == 'hash' then
  hlen = redis.call('HLEN', tasks)
  sample = redis.call('HSCAN', tasks, '0', 'COUNT', '20')[2]
end
if ztype == 'zset' then
  zcard = redis.call('ZCARD', times)
  foreign = redis.call('ZRANGEBYSCORE', times, '(0', '+inf', 'LIMIT', 0, 1)[1]
    or redis.call('ZRANGEBYSCORE', times, '-inf', '(0', 'LIMIT', 0, 1)[1] or ''
end
local may = not redis.acl_check_cmd or redis.acl_check_cmd('PUBLISH', ARGV[1], '')
return {htype, ztype, hlen, zcard, foreign, sample, may and 1 or 0}
