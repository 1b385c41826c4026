-- Arguments: a method, a path, a body, and the number of the first request. Every request replaces `{n}` in the path, and
-- the JSON text "{n}" in the body, with the next number. Prints a summary as JSON on the last line.

local threads = {}

function setup(thread)
  thread:set("offset", #threads)
  table.insert(threads, thread)
end

function init(args)
  method, path, body = args[1], args[2], args[3]
  if body == "" then body = nil end
  number = tonumber(args[4]) + offset
  limit, step = tonumber(args[5]), tonumber(args[6])
  local varies = (path .. (body or "")):find("{n}", 1, true)
  prepared = not varies and wrk.format(method, path, nil, body)
end

function request()
  if prepared then return prepared end
  local n = (number - 1) % limit + 1
  number = number + step
  return wrk.format(method, (path:gsub("{n}", n)), nil, body and (body:gsub('"{n}"', n)))
end

function done(summary, latency)
  local e = summary.errors
  local last = 0
  for _, thread in ipairs(threads) do last = math.max(last, thread:get("number")) end
  io.write(string.format(
    '{"requests":%d,"elapsed":%.6f,"errors":%d,"p99":%.3f,"p999":%.3f,"next":%d}\n',
    summary.requests,
    summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3,
    last
  ))
end
