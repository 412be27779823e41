# Tasks enter their addresses under the name of their service; only the scraper may ask them.

resource "aws_service_discovery_private_dns_namespace" "this" {
  name        = "${var.name}.internal"
  description = "Addresses of tasks, for the scraper"
  vpc         = var.vpc_id
}

resource "aws_service_discovery_service" "this" {
  for_each = toset(var.services)

  name = each.key
  # Tasks that are still entered must not stand in the way of its end.
  force_destroy = true

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 15
    }
  }
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:the scraper attaches it
  name        = "${var.name}-scraper"
  description = "The scraper of metrics"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-scraper" }
}
