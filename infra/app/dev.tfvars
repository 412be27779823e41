# One task each, and the values of records in the log, to be looked at.
producer = { rate = "100/s" }
consumer = { minimum = 1, maximum = 2 }

sink                    = { kind = "stdout" }
accept_payloads_in_logs = true
payload_retention_days  = 1
