# What tasks reach of AWS without leaving the VPC. Image layers come from S3, through the gateway, which costs nothing.

locals {
  # Fargate's own needs, the daemons', and what the caller adds.
  services = var.egress == "endpoints" ? toset(concat(["ecr.api", "ecr.dkr", "logs", "glue"], var.more_endpoints)) : toset([])
  # Each zone of an interface endpoint costs; a task of another zone reaches it all the same.
  endpoint_subnets = [for zone in slice(local.zones, 0, var.endpoint_zone_count) : aws_subnet.private[zone].id]
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]

  # Layers of images may be read, and nothing can be carried out of the VPC to a bucket of somebody else's.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Layers"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "arn:${var.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"
      },
      {
        Sid       = "OwnBuckets"
        Effect    = "Allow"
        Principal = "*"
        Action    = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource  = ["arn:${var.partition}:s3:::*"]
        Condition = { StringEquals = { "s3:ResourceAccount" = var.account_id } }
      },
    ]
  })

  tags = { Name = "${var.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.services

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.endpoint_subnets
  security_group_ids  = [aws_security_group.endpoints.id]

  tags = { Name = "${var.name}-${each.key}" }
}

# Each service adds the rule that lets it in.
resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Interface endpoints of AWS services"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}
