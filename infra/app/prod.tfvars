producer = { desired_count = 2, cpu = 1024, memory = 2048, rate = "1000/s" }
consumer = { minimum = 2, maximum = 6, cpu = 1024, memory = 2048, lag_records = { up = 50000, down = 5000 } }
metrics  = true

# Where values go is not for an example to say. `sink` has to be set, and with stdout also what it costs: accept_payloads_in_logs.
