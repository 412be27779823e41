-- For wrk: every request is an order of its own; every answer is a line, "STATUS PARTITION OFFSET" where it was acknowledged and "STATUS" where not.
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(arguments)
    made = 0
    answers = assert(io.open(string.format("%s/answers-%d", arguments[1], number), "w"))
    answers:setvbuf("line")
end

local order = '{"order_id":"%d-%d","ordered_at":"2026-01-31T10:00:00Z","user_id":"u","order_items":[{"product_id":1,"quantity":2}]}'

function request()
    made = made + 1
    return wrk.format("POST", "/records", { ["Content-Type"] = "application/json" }, string.format(order, number, made))
end

function response(status, headers, body)
    local partition, offset = string.match(body, '"partition":(%d+),"offset":(%d+)')
    if status == 200 then
        answers:write("200 ", partition or "none", " ", offset or "none", "\n")
    else
        answers:write(status, "\n")
    end
end

function done(summary, latency, requests)
    io.write(string.format("p99 %d us, most %d us\n", latency:percentile(99), latency.max))
end
