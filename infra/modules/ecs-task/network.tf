# One security group a task, with a rule for each thing that it reaches, and the matching rule at the other end.

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:services, the schedule and operators attach it, by the module's output
  name        = local.full_name
  description = "Tasks of ${local.full_name}"
  vpc_id      = var.platform.network.vpc_id

  tags = { Name = local.full_name }
}

resource "aws_vpc_security_group_egress_rule" "kafka" {
  security_group_id            = aws_security_group.this.id
  description                  = "Kafka with IAM"
  referenced_security_group_id = var.platform.kafka.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9098
  to_port                      = 9098
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  security_group_id            = var.platform.kafka.security_group_id
  description                  = "Kafka with IAM, from ${local.full_name}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = 9098
  to_port                      = 9098
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.this.id
  description       = "Layers of images, which are in S3"
  prefix_list_id    = var.platform.network.s3_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = var.platform.network.egress == "endpoints" ? 1 : 0

  security_group_id            = aws_security_group.this.id
  description                  = "Endpoints of AWS services"
  referenced_security_group_id = var.platform.network.endpoint_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.platform.network.egress == "endpoints" ? 1 : 0

  security_group_id            = var.platform.network.endpoint_security_group_id
  description                  = "From ${local.full_name}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.platform.network.egress == "nat" ? 1 : 0

  security_group_id = aws_security_group.this.id
  description       = "AWS services, through the NAT gateway"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
