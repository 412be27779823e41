# From the scraper to the admin ports of tasks.

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each = var.task_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "Metrics of ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.admin_port
  to_port                      = var.admin_port
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  for_each = var.task_security_group_ids

  security_group_id            = each.value
  description                  = "Metrics, to the scraper"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = var.admin_port
  to_port                      = var.admin_port
}

# And to the brokers' exporters, where they have them.
resource "aws_vpc_security_group_egress_rule" "brokers" {
  count = var.brokers == null ? 0 : 1

  security_group_id            = aws_security_group.this.id
  description                  = "Exporters of brokers"
  referenced_security_group_id = var.brokers.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 11001
  to_port                      = 11002
}

resource "aws_vpc_security_group_ingress_rule" "brokers" {
  count = var.brokers == null ? 0 : 1

  security_group_id            = var.brokers.security_group_id
  description                  = "Exporters, to the scraper"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = 11001
  to_port                      = 11002
}
