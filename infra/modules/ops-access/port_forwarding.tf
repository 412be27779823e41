# aws ssm start-session --target INSTANCE --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters host=BROKER,portNumber=9098,localPortNumber=9098
# No key, no open port, no address outside; who may start a session is IAM's to say, and CloudTrail's to remember.

locals {
  forwarding = var.port_forwarding ? 1 : 0
  full_name  = "${var.platform.name}-${var.platform.environment}-forwarder"
}

data "aws_ssm_parameter" "image" {
  count = local.forwarding

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "forwarder" {
  count = local.forwarding

  ami                         = data.aws_ssm_parameter.image[0].value
  instance_type               = "t3.nano"
  subnet_id                   = var.platform.network.private_subnet_ids[0]
  vpc_security_group_ids      = [aws_security_group.forwarder[0].id]
  iam_instance_profile        = aws_iam_instance_profile.forwarder[0].name
  associate_public_ip_address = false
  ebs_optimized               = true
  monitoring                  = true

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted  = true
    kms_key_id = var.platform.kms_key_arn
  }

  tags = { Name = local.full_name }

  lifecycle {
    # A newer image is no reason to replace it; taint it to get one.
    ignore_changes = [ami]
  }
}

resource "aws_iam_instance_profile" "forwarder" {
  count = local.forwarding

  name = "${local.full_name}-${var.platform.region}"
  role = aws_iam_role.forwarder[0].name
}

resource "aws_iam_role" "forwarder" {
  count = local.forwarding

  name        = "${local.full_name}-${var.platform.region}"
  description = "Lets the forwarder answer SSM; it has no right on Kafka: whoever connects brings their own"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

# What the agent needs for sessions alone; AWS's own policy for it can also run commands and read parameters.
resource "aws_iam_role_policy" "forwarder" {
  #checkov:skip=CKV_AWS_290:none of these can be limited to what is there before the machine
  #checkov:skip=CKV_AWS_355:the same
  count = local.forwarding

  name = "sessions"
  role = aws_iam_role.forwarder[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      # None of these can be limited to a resource.
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = "*"
    }]
  })
}

resource "aws_security_group" "forwarder" {
  count = local.forwarding

  name        = local.full_name
  description = "The forwarder of ports; nothing comes in"
  vpc_id      = var.platform.network.vpc_id

  tags = { Name = local.full_name }
}

resource "aws_vpc_security_group_egress_rule" "forwarder_kafka" {
  count = local.forwarding

  security_group_id            = aws_security_group.forwarder[0].id
  description                  = "Kafka with IAM"
  referenced_security_group_id = var.platform.kafka.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9098
  to_port                      = 9098
}

resource "aws_vpc_security_group_ingress_rule" "forwarder_kafka" {
  count = local.forwarding

  security_group_id            = var.platform.kafka.security_group_id
  description                  = "Kafka with IAM, from the forwarder of ports"
  referenced_security_group_id = aws_security_group.forwarder[0].id
  ip_protocol                  = "tcp"
  from_port                    = 9098
  to_port                      = 9098
}

resource "aws_vpc_security_group_egress_rule" "forwarder_endpoints" {
  count = var.port_forwarding && var.platform.network.egress == "endpoints" ? 1 : 0

  security_group_id            = aws_security_group.forwarder[0].id
  description                  = "SSM"
  referenced_security_group_id = var.platform.network.endpoint_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "forwarder_endpoints" {
  count = var.port_forwarding && var.platform.network.egress == "endpoints" ? 1 : 0

  security_group_id            = var.platform.network.endpoint_security_group_id
  description                  = "From the forwarder of ports"
  referenced_security_group_id = aws_security_group.forwarder[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "forwarder_internet" {
  count = var.port_forwarding && var.platform.network.egress == "nat" ? 1 : 0

  security_group_id = aws_security_group.forwarder[0].id
  description       = "SSM, through the NAT gateway"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
