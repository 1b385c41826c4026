-- Takes a method and a body as arguments, and prints a summary as JSON on the last line.

function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then wrk.body = args[2] end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"elapsed":%.6f,"errors":%d,"p99":%.3f,"p999":%.3f}\n',
    summary.requests,
    summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3
  ))
end
